"""What each trigger makes of what it is shown; what nobody can tell is no breach and not clear."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mlcycle.kinds.triggers.data_volume.work import observe as volume
from mlcycle.kinds.triggers.drift.work import observe as drift
from mlcycle.kinds.triggers.facts import Facts, Level, level
from mlcycle.kinds.triggers.performance.work import observe as performance
from mlcycle.kinds.triggers.schedule.work import observe as schedule
from mlcycle.task import CheckResult
from tests.support.retrained import Chunk, day

NOW = datetime(2013, 1, 9, tzinfo=UTC)


def check(name: str, figure: float | None, limit: str, verdict: Any = None) -> CheckResult:
    within = figure is not None and (figure <= 0.1 if limit.startswith("<") else figure >= 0.62)
    found = verdict or ("inconclusive" if figure is None else "pass" if within else "fail")
    return CheckResult(name=name, verdict=found, figure=figure, limit=limit)


@pytest.mark.parametrize(
    ("figure", "limit", "margin", "found"),
    [
        (0.61, ">= 0.62", 0.02, "breach"),
        (0.625, ">= 0.62", 0.02, "close"),
        (0.64, ">= 0.62", 0.02, "clear"),
        (0.625, "min 0.62", 0.02, "close"),
        (0.64, "min 0.62", 0.02, "clear"),
        (0.64, "min 0.62, max 0.641", 0.02, "close"),
        (0.64, "min 0.62, max 0.9", 0.02, "clear"),
        (0.02, "max 0.1", 0.2, "clear"),
        (0.09, "max 0.1", 0.2, "close"),
        (0.0, "max 1e-3", 0.2, "clear"),
        (0.2, "<= 0.1", 0.2, "breach"),
        (0.09, "<= 0.1", 0.2, "close"),
        (0.07, "<= 0.1", 0.2, "clear"),
        (None, "<= 0.1", 0.2, "unknown"),
        (float("nan"), ">= 0.62", 0.2, "unknown"),
    ],
)
def test_levels(figure: float | None, limit: str, margin: float, found: Level) -> None:
    verdict = "pass" if figure != figure or limit.startswith("m") else None
    assert level(check("a.b", figure, limit, verdict), margin) == found


def test_what_does_not_apply_is_unknown_and_a_pass_without_a_limit_is_clear() -> None:
    assert level(CheckResult(name="a", verdict="not_applicable", figure=1.0), 0.1) == "unknown"
    assert level(CheckResult(name="a", verdict="pass", figure=1.0), 0.1) == "clear"


def _drifted(least: int, *figures: float | None) -> tuple[bool | None, bool]:
    checks = tuple(check(f"data_drift.c{i}", figure, "<= 0.1") for i, figure in enumerate(figures))
    (seen,) = drift({"min_features": least, "margin": 0.2}, Facts(now=NOW, chunks=(day(0, *checks),)))
    return seen.breach, seen.clear


@pytest.mark.parametrize(
    ("least", "figures", "breach", "clear"),
    [
        (1, (0.2, 0.01), True, False),
        (2, (0.2, 0.01), False, True),
        (2, (0.2, 0.09), False, False),
        (2, (0.2, 0.3, None), True, False),
        (2, (0.2, None), None, False),
        (1, (0.01, 0.09), False, False),
        (1, (0.01, 0.02), False, True),
        (1, (0.01, None), None, False),
        (2, (0.01, None), False, True),
        (2, (0.09, None), False, False),
        (3, (None, None), None, False),
        (1, (), None, False),
    ],
)
def test_drift(least: int, figures: tuple[float | None, ...], breach: bool | None, clear: bool) -> None:
    assert _drifted(least, *figures) == (breach, clear)


def test_drift_says_which_features_and_leaves_other_signals_alone() -> None:
    checks = (check("data_drift.distance", 0.31, "<= 0.1"), check("prediction_drift", 0.5, "<= 0.1"))
    (seen,) = drift({"min_features": 1, "margin": 0.2}, Facts(now=NOW, chunks=(day(0, *checks),)))
    assert seen.evidence == "2013-01-01: 1 of 1 features beyond their limit: distance 0.31 (<= 0.1)"
    assert seen.figures == {"data_drift.distance": 0.31}


def _performed(config: dict[str, Any], *chunks: Chunk) -> list[tuple[bool | None, bool]]:
    given = {"signal": "realized_performance", "margin": 0.02, **config}
    return [(one.breach, one.clear) for one in performance(given, Facts(now=NOW, chunks=chunks))]


def test_performance() -> None:
    bad, good = (
        check("realized_performance.roc_auc", 0.6, ">= 0.62"),
        check("realized_performance.f1", 0.7, ">= 0.62"),
    )
    unknown = check("realized_performance.f1", None, ">= 0.62")
    estimated = check("estimated_performance.roc_auc", 0.7, ">= 0.62")
    assert _performed({}, day(0, bad, good)) == [(True, False)]
    assert _performed({}, day(0, good), day(1, unknown)) == [(False, True), (None, False)]
    assert _performed({}, day(0, bad, unknown)) == [(True, False)]
    assert _performed({"metric": "f1"}, day(0, bad, good)) == [(False, True)]
    assert _performed({"metric": "f"}, day(0, bad, good)) == [(None, False)]
    assert _performed({}, day(0, estimated)) == [(None, False)]
    assert _performed({"signal": "estimated_performance"}, day(0, bad, estimated)) == [(False, True)]


def test_only_true_values_are_waited_for() -> None:
    chunks = day(0, settled=False), day(1)
    assert _performed({}, *chunks) == []
    assert len(_performed({"signal": "estimated_performance"}, *chunks)) == 2


@pytest.mark.parametrize(
    ("rows", "trained", "breach", "clear"),
    [(110, 100, True, False), (109, 100, False, True), (None, 100, None, False), (110, None, None, False)],
)
def test_volume(rows: int | None, trained: int | None, breach: bool | None, clear: bool) -> None:
    (seen,) = volume({"source": "a", "min_rows": 10}, Facts(now=NOW, rows=rows, rows_trained=trained))
    assert (seen.breach, seen.clear, seen.of_model) == (breach, clear, False)


def test_a_schedule_begins_when_it_is_first_looked_at() -> None:
    config = {"cron": "0 3 * * *"}
    (first,) = schedule(config, Facts(now=NOW))
    assert (first.breach, first.at) == (False, NOW)
    assert schedule(config, Facts(now=NOW.replace(hour=2), since=NOW)) == ()
    before, due = schedule(config, Facts(now=NOW.replace(hour=4), since=NOW))
    assert (before.clear, due.breach, due.at) == (True, True, NOW.replace(hour=3))
    assert schedule(config, Facts(now=NOW.replace(hour=5), since=due.at)) == ()
