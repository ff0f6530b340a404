"""The four gates on scores made by hand: each verdict, and what is told with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlcycle.kinds.gates.baseline.work import judge as baseline
from mlcycle.kinds.gates.catalog import BINARY
from mlcycle.kinds.gates.champion.work import judge as champion
from mlcycle.kinds.gates.metric.work import judge as metric
from mlcycle.kinds.gates.scores import Champion, Scores
from mlcycle.kinds.gates.statistics import Estimate
from mlcycle.kinds.gates.verdicts import Limits, verdict

pytestmark = pytest.mark.slow


def scores(rows: int = 2_000, strength: float = 1.0, seed: int = 0) -> Scores:
    source = np.random.default_rng(seed)
    labels = (source.random(rows) < 0.25).astype(np.float64)
    odds = -1.4 + strength * (2 * labels - 1) + source.normal(size=rows)
    prior = np.full(rows, 0.25)
    return Scores(
        task=BINARY,
        classes=2,
        threshold=0.5,
        labels=labels,
        scores=1 / (1 + np.exp(-odds)),
        baselines={"majority": prior, "mean": prior},
    )


def rival(own: Scores, noise: float) -> Scores:
    """`own` with a champion whose scores are its own with noise added."""
    other = own.scores + np.random.default_rng(1).normal(size=own.rows) * noise
    return replace(own, champion=Champion(version="3", package_digest="c" * 64, scores=other))


@pytest.mark.parametrize(
    ("figure", "low", "high", "limits", "expected"),
    [
        (0.7, 0.68, 0.72, Limits(least=0.66, confident=True), "pass"),
        (0.7, 0.65, 0.75, Limits(least=0.66, confident=True), "inconclusive"),
        (0.7, 0.65, 0.75, Limits(least=0.66), "pass"),
        (0.65, 0.6, 0.7, Limits(least=0.66, confident=True), "fail"),
        (0.65, 0.6, 0.7, Limits(least=0.66), "fail"),
        (0.2, 0.1, 0.3, Limits(most=0.25, confident=True), "inconclusive"),
        (0.2, 0.1, 0.3, Limits(least=0.1, most=0.3, confident=True), "pass"),
        (0.2, 0.1, 0.3, Limits(), "pass"),
        (0.2, np.nan, np.nan, Limits(most=0.25, confident=True), "inconclusive"),
        (0.2, np.nan, np.nan, Limits(most=0.25), "pass"),
        (np.nan, np.nan, np.nan, Limits(most=0.25), "inconclusive"),
        (np.nan, np.nan, np.nan, Limits(), "inconclusive"),
        (np.inf, np.inf, np.inf, Limits(least=0.25), "inconclusive"),
    ],
)
def test_verdicts(figure: float, low: float, high: float, limits: Limits, expected: str) -> None:
    assert verdict(Estimate(figure=figure, low=low, high=high), limits) == expected


def test_a_metric_passes_with_its_interval_and_limit() -> None:
    found = metric({"metric": "roc_auc", "min": 0.7, "confidence": 0.95}, scores())
    assert (found.verdict, found.limit, found.rows) == ("pass", "min 0.7", 2_000)
    assert found.low is not None
    assert found.high is not None
    assert 0.7 < found.low < (found.figure or 0) < found.high


def test_a_wider_confidence_needs_more_rows() -> None:
    few = scores(rows=120)
    figure = metric({"metric": "roc_auc"}, few).figure or 0
    config = {"metric": "roc_auc", "min": figure - 0.02}
    assert metric(config, few).verdict == "pass"
    assert metric({**config, "confidence": 0.95}, few).verdict == "inconclusive"
    assert metric({**config, "min": figure + 0.02, "confidence": 0.95}, few).verdict == "fail"


def test_a_metric_without_a_limit_is_a_line_of_the_report() -> None:
    found = metric({"metric": "log_loss"}, scores())
    assert (found.verdict, found.limit) == ("pass", None)


def test_a_metric_that_cannot_be_computed_is_inconclusive() -> None:
    given = scores(rows=50)
    one_class = replace(given, labels=np.zeros(50))
    found = metric({"metric": "roc_auc", "min": 0.5}, one_class)
    assert (found.verdict, found.figure) == ("inconclusive", None)
    assert found.message == "roc_auc cannot be computed on 50 test rows"


def test_a_handful_of_rows_is_no_evidence() -> None:
    found = metric({"metric": "accuracy", "min": 0.01}, scores(rows=29))
    assert found.verdict == "inconclusive"
    assert found.message.endswith("fewer than 30 rows are too few to judge by")
    assert metric({"metric": "accuracy", "min": 0.01}, scores(rows=30)).verdict == "pass"


def test_the_gain_over_the_baseline_is_relative() -> None:
    found = baseline({"metric": "log_loss", "against": "majority", "min_gain": 0.01}, scores())
    own = metric({"metric": "log_loss"}, scores()).figure or 0
    prior = scores().labels.mean()
    reference = -(prior * np.log(0.25) + (1 - prior) * np.log(0.75))
    assert found.verdict == "pass"
    assert found.figure == pytest.approx((reference - own) / reference)
    assert f"a gain of {found.figure:.1%}" in found.message


def test_a_model_that_knows_nothing_gains_nothing() -> None:
    found = baseline({"metric": "log_loss", "against": "majority", "min_gain": 0.01}, scores(strength=0.0))
    assert found.verdict == "fail"
    assert (found.figure or 0) < 0


def test_a_gain_that_may_be_chance_is_none_where_it_must_be_sure() -> None:
    """A model that is a little better on these rows, and as far as they tell not at all."""
    asked = {"metric": "log_loss", "against": "majority", "min_gain": 0.0}
    given = scores(rows=200)
    guesses = np.random.default_rng(1).normal(0.25, 0.02, size=(50, 200))
    weak = next(
        lucky
        for lucky in (replace(given, scores=one) for one in guesses)
        if baseline(asked, lucky).verdict == "pass"
    )
    unsure = baseline({**asked, "confidence": 0.95}, weak)
    assert unsure.verdict == "inconclusive"
    assert unsure.message.endswith("; the interval reaches beyond the limit")
    assert baseline({**asked, "confidence": 0.95}, scores()).verdict == "pass"


def test_a_gain_in_a_metric_that_should_be_large_counts_upwards() -> None:
    found = baseline({"metric": "roc_auc", "against": "majority", "min_gain": 0.1}, scores())
    assert found.verdict == "pass"
    assert (found.figure or 0) > 0.3


def test_without_a_champion_the_gate_does_not_apply() -> None:
    found = champion({"metric": "roc_auc", "max_drop": 0.002}, scores())
    assert (found.verdict, found.blocks) == ("not_applicable", False)


@pytest.mark.parametrize("name", ["roc_auc", "log_loss"])
def test_better_than_the_champion_passes_and_worse_fails(name: str) -> None:
    own = scores()
    noise = np.random.default_rng(1).normal(size=own.rows) * 0.15
    clipped = np.clip(own.scores + noise, 0.001, 0.999)
    weaker = Champion(version="3", package_digest="c" * 64, scores=clipped)
    found = champion({"metric": name, "max_drop": 0.002}, replace(own, champion=weaker))
    assert found.verdict == "pass"
    assert (found.low or 0) > 0
    stronger = Champion(version="3", package_digest="c" * 64, scores=own.scores)
    found = champion({"metric": name, "max_drop": 0.002}, replace(own, scores=clipped, champion=stronger))
    assert found.verdict == "fail"
    assert "of the champion, version 3" in found.message


@pytest.mark.parametrize("name", ["roc_auc", "log_loss"])
def test_a_drop_counts_from_its_limit_on(name: str) -> None:
    own = scores()
    clipped = np.clip(own.scores + np.random.default_rng(1).normal(size=own.rows) * 0.05, 0.001, 0.999)
    stronger = Champion(version="3", package_digest="c" * 64, scores=own.scores)
    given = replace(own, scores=clipped, champion=stronger)
    drop = -(champion({"metric": name, "max_drop": 0.0}, given).figure or 0.0)
    assert drop > 0
    assert champion({"metric": name, "max_drop": drop * 1.01}, given).verdict == "pass"
    assert champion({"metric": name, "max_drop": drop * 0.99}, given).verdict == "fail"


def test_the_same_scores_are_no_drop() -> None:
    own = scores()
    found = champion({"metric": "roc_auc", "max_drop": 0.0}, rival(own, noise=0.0))
    assert (found.verdict, found.figure, found.low, found.high) == ("pass", 0.0, 0.0, 0.0)


def test_a_champion_that_cannot_score_is_inconclusive_and_says_why() -> None:
    lost = Champion(version="3", package_digest="c" * 64, reason="it needs `weather.rain`")
    found = champion({"metric": "roc_auc", "max_drop": 0.1}, replace(scores(), champion=lost))
    assert found.verdict == "inconclusive"
    assert found.blocks
    assert found.message == (
        "the champion, version 3, cannot score these rows: it needs `weather.rain`; "
        "to replace it all the same, run once without this gate or with `severity: warn`"
    )


def test_every_draw_is_seeded() -> None:
    config: dict[str, Any] = {"metric": "f1", "min": 0.1, "confidence": 0.9}
    assert metric(config, scores()) == metric(config, scores())
