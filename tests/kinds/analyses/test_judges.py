"""The three analyses on traffic made by hand: each verdict, what is told with it, and how soon it comes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlcycle.kinds.analyses.disagreement.spec import Spec as Disagreement
from mlcycle.kinds.analyses.disagreement.work import judge as disagreement
from mlcycle.kinds.analyses.error_rate.spec import Spec as ErrorRate
from mlcycle.kinds.analyses.error_rate.work import judge as error_rate
from mlcycle.kinds.analyses.latency.spec import Spec as Latency
from mlcycle.kinds.analyses.latency.work import judge as latency
from mlcycle.kinds.analyses.window import Arm, Window
from mlcycle.task import CheckResult

pytestmark = pytest.mark.slow

Judge = Callable[[Mapping[str, Any], Window], CheckResult]

ERRORS = ErrorRate(kind="error_rate", max_increase=0.01)
SLOW = Latency(kind="latency", max_increase=0.5)
OTHER = Disagreement(kind="disagreement", max=0.15)
BINARY = "binary_classification"


def failing(failures: int, requests: int, *, champion: tuple[int, int] = (0, 9_000)) -> Window:
    return Window(
        task=BINARY,
        champion=Arm(failures=champion[0], requests=champion[1]),
        challenger=Arm(failures=failures, requests=requests),
    )


def timed(champion: Any, challenger: Any) -> Window:
    return Window(
        task=BINARY,
        champion=Arm(requests=len(champion), seconds=list(champion)),
        challenger=Arm(requests=len(challenger), seconds=list(challenger)),
    )


def differing(rows: int, disagreements: int) -> Window:
    return Window(task=BINARY, pairs=rows, disagreements=disagreements, differences=[0.1] * rows)


def answers(source: np.random.Generator, count: int, *, factor: float = 1.0, spread: float = 0.2) -> Any:
    return factor * 0.02 * np.exp(spread * source.normal(size=count))


@pytest.mark.parametrize(
    ("window", "verdict", "message"),
    [
        (
            failing(0, 600, champion=(2, 9_000)),
            "pass",
            "0% of 600 requests failed, 0.0222% of the champion's 9,000: an increase; "
            "-0.144% to 0.802%, at most 1% passes",
        ),
        (
            failing(30, 300),
            "fail",
            "10% of 300 requests failed, 0% of the champion's 9,000: an increase; "
            "4.78% to 17.5%, at most 1% passes",
        ),
        (
            failing(1, 100),
            "inconclusive",
            "1% of 100 requests failed, 0% of the champion's 9,000: an increase; "
            "-0.0767% to 6.67%, at most 1% passes",
        ),
        (failing(0, 0), "inconclusive", "the challenger was given no request"),
    ],
    ids=["pass", "fail", "too few", "none"],
)
def test_errors(window: Window, verdict: str, message: str) -> None:
    found = error_rate(ERRORS.config(), window)
    assert (found.verdict, found.message) == (verdict, message)
    assert found.rows == window.challenger.requests


def test_errors_of_both_are_no_increase() -> None:
    assert error_rate(ERRORS.config(), failing(60, 2_000, champion=(600, 20_000))).verdict != "fail"


def test_a_champion_of_whom_nothing_is_known_condemns_nobody_and_helps_nobody() -> None:
    assert error_rate(ERRORS.config(), failing(300, 300, champion=(0, 0))).verdict == "inconclusive"
    assert error_rate(ERRORS.config(), failing(0, 600, champion=(0, 0))).verdict == "pass"
    assert error_rate(ERRORS.config(), failing(12, 600, champion=(0, 0))).verdict == "inconclusive"


def test_what_is_told_of_a_verdict() -> None:
    found = error_rate(ERRORS.config(), failing(30, 300))
    assert found.limit == "max_increase 1%"
    assert found.figure == pytest.approx(0.1)
    assert found.low is not None
    assert found.high is not None
    assert 0.01 < found.low < 0.1 < found.high


def test_latency_of_equals_and_of_the_slow() -> None:
    source = np.random.default_rng(3)
    champion = answers(source, 9_000)
    assert latency(SLOW.config(), timed(champion, answers(source, 800))).verdict == "pass"
    slow = latency(SLOW.config(), timed(champion, answers(source, 300, factor=2.0)))
    assert slow.verdict == "fail"
    assert "of 300 answers took longer than" in slow.message
    assert " ms, for the champion's 99% quantile of 3" in slow.message
    assert slow.limit == "share of slower answers 1%"
    assert latency(SLOW.config(), timed(champion, answers(source, 60))).verdict == "inconclusive"


def test_a_few_milliseconds_are_not_slow() -> None:
    champion = [0.001] * 9_000
    assert latency(SLOW.config(), timed(champion, [0.0109] * 600)).verdict == "pass"
    assert latency(SLOW.config(), timed(champion, [0.0111] * 600)).verdict == "fail"


def test_what_a_champion_may_still_be_stops_a_pass() -> None:
    """The 99% quantile of 500 answers may be as low as the 15th slowest; the limit is as low then."""
    ends = [0.1] * 486 + [1.0] * 14
    assert latency(SLOW.config(), timed(ends, [0.16] * 600)).verdict == "inconclusive"
    assert latency(SLOW.config(), timed([0.1] * 485 + [1.0] * 15, [0.16] * 600)).verdict == "pass"


def test_few_answers_of_the_champion_condemn_nobody() -> None:
    source = np.random.default_rng(3)
    window = timed(answers(source, 100), answers(source, 3_000, factor=10.0))
    assert latency(SLOW.config(), window).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("champion", "challenger"),
    [
        ([], [0.1] * 900),
        ([0.1] * 900, []),
        ([0.1] * 900, [0.1] * 899 + [math.nan]),
        ([math.inf] * 900, [0.1] * 900),
    ],
    ids=["no champion", "no challenger", "NaN", "infinite"],
)
def test_latency_without_evidence(champion: list[float], challenger: list[float]) -> None:
    assert latency(SLOW.config(), timed(champion, challenger)).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("rows", "disagreements", "verdict"),
    [
        (200, 10, "pass"),
        (60, 30, "fail"),
        (200, 28, "inconclusive"),
        (10, 0, "inconclusive"),
        (0, 0, "inconclusive"),
    ],
)
def test_decisions_that_differ(rows: int, disagreements: int, verdict: str) -> None:
    assert disagreement(OTHER.config(), differing(rows, disagreements)).verdict == verdict


def test_values_that_differ_by_more_than_is_tolerated() -> None:
    config = replace_max(tolerance=5.0)
    near = Window(task="regression", pairs=300, differences=[4.9] * 300)
    far = replace(near, differences=[5.1] * 150 + [0.0] * 150)
    assert disagreement(config, near).verdict == "pass"
    found = disagreement(config, far)
    assert (found.verdict, found.figure) == ("fail", 0.5)
    assert found.message.startswith("50% of 300 rows got another answer than the champion's; ")


@pytest.mark.parametrize("differences", [[math.nan] * 300, [0.0] * 299], ids=["NaN", "lost"])
def test_differences_that_are_no_numbers_pass_nothing(differences: list[float]) -> None:
    window = Window(task="regression", pairs=300, differences=differences)
    assert disagreement(replace_max(tolerance=5.0), window).verdict == "inconclusive"


def test_a_regression_without_a_tolerance_passes_nothing() -> None:
    window = Window(task="regression", pairs=300, differences=[0.0] * 300)
    assert disagreement(OTHER.config(), window).verdict == "inconclusive"


def replace_max(*, tolerance: float) -> Mapping[str, Any]:
    return Disagreement(kind="disagreement", max=0.15, tolerance=tolerance).config()


def test_equal_services_raise_no_false_alarm_however_often_one_looks() -> None:
    source = np.random.default_rng(11)
    alarms = 0
    for _ in range(400):
        champion = np.cumsum(source.random(5_700) < 0.02)
        challenger = np.cumsum(source.random(300) < 0.02)
        looks = (
            failing(int(challenger[n - 1]), n, champion=(int(champion[19 * n - 1]), 19 * n)) for n in LOOKS
        )
        alarms += any(
            error_rate({"max_increase": 0.001, "confidence": 0.95}, w).verdict == "fail" for w in looks
        )
    assert alarms / 400 <= 0.05


LOOKS = range(10, 310, 10)


def test_equal_services_are_not_slow_however_often_one_looks() -> None:
    source = np.random.default_rng(12)
    alarms = 0
    for _ in range(60):
        champion, challenger = answers(source, 1_500), answers(source, 1_500)
        looks = (timed(champion[:n], challenger[:n]) for n in range(100, 1_501, 100))
        config = Latency(kind="latency", max_increase=0.0, quantile=0.9).config()
        alarms += any(latency(config, window).verdict == "fail" for window in looks)
    assert alarms / 60 <= 0.05


def first_failure(judge: Judge, config: Mapping[str, Any], looks: Callable[[int], Window]) -> int:
    """The request at which a look after every ten finds a failure."""
    return next((n for n in range(10, 3_010, 10) if judge(config, looks(n)).verdict == "fail"), 3_010)


@pytest.mark.parametrize(("rate", "soon"), [(0.05, 170), (0.10, 80), (0.5, 20)])
def test_how_soon_errors_are_seen(rate: float, soon: int) -> None:
    source = np.random.default_rng(5)
    found = []
    for _ in range(60):
        failed = np.cumsum(source.random(3_010) < rate)
        found.append(
            first_failure(
                error_rate,
                ERRORS.config(),
                lambda n, failed=failed: failing(int(failed[n - 1]), n, champion=(0, 19 * n)),  # type: ignore[misc]
            )
        )
    assert np.median(found) <= soon
    assert max(found) < 3_000


def test_how_soon_a_doubled_latency_is_seen() -> None:
    source = np.random.default_rng(6)
    found = []
    for _ in range(20):
        champion, challenger = answers(source, 9_500), answers(source, 1_000, factor=2.0)
        found.append(
            first_failure(
                latency,
                SLOW.config(),
                lambda n, a=champion, b=challenger: timed(a[: 19 * n], b[:n]),  # type: ignore[misc]
            )
        )
    assert max(found) <= 500


def test_equal_services_pass_with_the_least_requests() -> None:
    """Without errors, and with times that never come near the limit."""
    source = np.random.default_rng(8)
    least = max(ERRORS.least_requests(), SLOW.least_requests(), OTHER.least_requests())
    assert least < 500
    passed = 0
    for _ in range(100):
        window = timed(answers(source, 19 * least), answers(source, least))
        window = replace(window, pairs=least, disagreements=int(source.binomial(least, 0.05)))
        verdicts = {
            judge(spec.config(), window).verdict
            for judge, spec in ((error_rate, ERRORS), (latency, SLOW), (disagreement, OTHER))
        }
        passed += verdicts == {"pass"}
    assert passed >= 95
