"""Gates that count rows as much as a column says: scikit-learn's figures, and intervals that allow for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mlcycle.kinds.gates import metrics
from mlcycle.kinds.gates.baseline.work import judge as baseline
from mlcycle.kinds.gates.catalog import BINARY, FAIRNESS_METRICS
from mlcycle.kinds.gates.champion.work import judge as champion
from mlcycle.kinds.gates.fairness.work import judge as fairness
from mlcycle.kinds.gates.losses import Judged
from mlcycle.kinds.gates.metric.work import judge as metric
from mlcycle.kinds.gates.scores import Champion, Scores
from mlcycle.kinds.gates.statistics import effective
from mlcycle.kinds.gates.weighing import weighed
from mlcycle.task import WorkError
from tests.kinds.gates.test_metrics import CASES, judged, reference
from tests.support.lifecycle import Trained, gate

pytestmark = pytest.mark.slow

STEP = gate(0, "metric", metric="roc_auc", sample_weight="guests")
#: Metrics whose interval is another one where rows have weights.
BOOTSTRAPPED = ("roc_auc",)


def with_weights(task: str, seed: int = 3) -> Judged:
    given = judged(task, seed=seed)
    return replace(given, weights=np.random.default_rng(6).integers(0, 5, len(given.labels)).astype(float))


def scores(weights: Any = None, rows: int = 400) -> Scores:
    source = np.random.default_rng(8)
    labels = (source.random(rows) < 0.4).astype(np.float64)
    own = np.clip(0.3 * labels + 0.7 * source.random(rows), 0, 1)
    other = np.clip(0.2 * labels + 0.8 * source.random(rows), 0, 1)
    return Scores(
        task=BINARY,
        classes=2,
        threshold=0.5,
        labels=labels,
        scores=own,
        baselines={"majority": np.full(rows, labels.mean())},
        groups={"origin": source.choice(np.array(["EWR", "JFK"], dtype=object), size=rows)},
        champion=Champion(version="1", package_digest="c" * 64, scores=other),
        weights=weights,
    )


def frames(scored: Scores, guests: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Test rows with these guests; training rows of which the true ones have three guests, others one."""
    test = pl.DataFrame({"label": scored.labels, "by.guests": guests})
    return test, test.with_columns((pl.col("label") * 2 + 1).alias("by.guests"))


@pytest.mark.parametrize(("name", "task"), CASES)
def test_figures_are_scikit_learns_and_intervals_hold_them(name: str, task: str) -> None:
    given = with_weights(task)
    found = metrics.estimate(name, given, 0.95)
    assert metrics.figure(name, given) == pytest.approx(reference(name, given, given.weights), rel=1e-6)
    assert found.figure == pytest.approx(metrics.figure(name, given))
    assert found.low < found.figure < found.high


@pytest.mark.parametrize(("name", "task"), CASES)
def test_intervals_are_those_of_drawing_rows_again(name: str, task: str) -> None:
    given = with_weights(task)
    found = metrics.estimate(name, given, 0.9)
    source, rows = np.random.default_rng(11), len(given.labels)
    statistic = metrics.weighted(name, given)
    draws = [
        statistic(np.bincount(source.integers(0, rows, rows), minlength=rows) * given.counting)
        for _ in range(300)
    ]
    low, high = np.quantile(draws, [0.05, 0.95])
    assert found.high - found.low == pytest.approx(high - low, rel=0.25)


@pytest.mark.parametrize(("name", "task"), CASES)
def test_equal_weights_are_no_weights(name: str, task: str) -> None:
    given = judged(task)
    alike = replace(given, weights=np.full(len(given.labels), 2.5))
    plain, found = (metrics.estimate(name, each, 0.95) for each in (given, alike))
    near = {"rel": 0.02} if name in BOOTSTRAPPED else {"rel": 1e-9}
    assert (found.figure, found.low, found.high) == pytest.approx(
        (plain.figure, plain.low, plain.high), **near
    )


@pytest.mark.parametrize(("name", "task"), CASES)
def test_a_difference_is_that_of_weighted_figures(name: str, task: str) -> None:
    given = with_weights(task)
    other = replace(given, scores=np.roll(given.scores, 1, axis=0) * 0.5 + given.scores * 0.5)
    found = metrics.difference(name, given, other, 0.95)
    assert found.figure == pytest.approx(metrics.figure(name, given) - metrics.figure(name, other))
    assert found.low < found.figure < found.high


@pytest.mark.parametrize("name", [info.name for info in FAIRNESS_METRICS])
def test_groups_of_weighted_rows_are_groups_of_repeated_rows(name: str) -> None:
    weights = np.random.default_rng(2).integers(1, 4, 400)
    given = scores(weights.astype(float))
    again = np.repeat(np.arange(400), weights)
    repeated = replace(
        given,
        labels=given.labels[again],
        scores=given.scores[again],
        groups={"origin": given.groups["origin"][again]},
        weights=None,
    )
    config = {"metric": name, "by": ["origin"]}
    found, expected = fairness(config, given), fairness(config, repeated)
    assert found.figure == pytest.approx(expected.figure)
    assert None not in (found.low, found.high, expected.low, expected.high)
    assert (found.high or 0) - (found.low or 0) > (expected.high or 0) - (expected.low or 0)


def test_a_row_that_weighs_nearly_all_is_no_evidence() -> None:
    weights = np.ones(400)
    weights[0] = 1e6
    given = scores(weights)
    config = {"metric": "accuracy", "min": 0.1}
    assert metric(config, replace(given, weights=None)).verdict == "pass"
    assert (metric(config, given).verdict, metric(config, given).rows) == ("inconclusive", 1)
    lost = fairness({"metric": "demographic_parity_difference", "by": ["origin"], "min_rows": 30}, given)
    assert lost.verdict == "inconclusive"


def test_the_champion_is_weighed_alike() -> None:
    source = np.random.default_rng(4)
    given = scores(source.integers(0, 3, 400).astype(float))
    assert given.champion is not None
    found = champion({"metric": "roc_auc", "max_drop": 0.1}, given)
    own, others = (
        reference("roc_auc", given.judged(each), given.weights) for each in (None, given.champion.scores)
    )
    assert found.figure == pytest.approx(own - others)
    assert found.rows == int(effective(given.judged().counting))


def test_a_baseline_knows_the_training_rows_by_the_same_weights() -> None:
    given = scores()
    test, train = frames(given, [1.0] * 400)
    step = gate(1, "baseline", metric="log_loss", against="majority", sample_weight="guests")
    found = weighed(given, step, test, train)
    share = given.labels.mean()
    assert found.baselines["majority"] == pytest.approx(np.full(400, 3 * share / (2 * share + 1)))
    reached = baseline({"metric": "log_loss", "against": "majority"}, found)
    assert reached.figure != baseline({"metric": "log_loss", "against": "majority"}, given).figure


@pytest.mark.parametrize(
    ("guest", "code", "message"),
    [
        (None, "MLC893", "`guests` is missing, below 0 or infinite in 1 of 400 test rows"),
        (-1.0, "MLC893", "missing, below 0 or infinite in 1 of 400 test rows"),
        (float("inf"), "MLC893", "missing, below 0 or infinite in 1 of 400 test rows"),
        ("all", "MLC893", "`guests` is 0 in all 400 test rows"),
        ("column", "MLC894", "the dataset lacks the column `guests`"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(guest: Any, code: str, message: str) -> None:
    given = scores()
    numbers = [0.0] * 400 if guest == "all" else [1.0] * 399 + [1.0 if guest == "column" else guest]
    test, train = frames(given, numbers)
    if guest == "column":
        test = test.drop("by.guests")
    with pytest.raises(WorkError, match=message) as error:
        weighed(given, STEP, test, train)
    assert (error.value.code, error.value.step) == (code, "gate.0.metric")


def test_a_gate_of_the_evaluation_weighs_the_test_rows(flights: Trained, tmp_path: Path) -> None:
    frame = pl.read_parquet(flights.run.dataset.path / "dataset.parquet")
    guests = (pl.col("row_id") % 7).cast(pl.Int64).alias("by.guests")
    frame.with_columns(guests).write_parquet(tmp_path / "dataset.parquet")
    run = replace(flights.run, dataset=replace(flights.run.dataset, path=tmp_path))
    plain = gate(1, "metric", metric="roc_auc")
    outcome, folder = run.evaluate(flights.split, flights.package, "evaluation-weighed", (STEP, plain))
    scored = pl.read_parquet(folder.path / "scores.parquet")
    given = Judged(task=BINARY, labels=scored["label"].to_numpy(), scores=scored["score"].to_numpy())
    weights = (scored["row_id"] % 7).to_numpy().astype(float)
    weighted, alike = outcome.checks
    assert weighted.figure == pytest.approx(reference("roc_auc", given, weights))
    assert alike.figure == pytest.approx(reference("roc_auc", given, None))
    assert weighted.message.endswith(
        f"weighted by `guests`, they tell as much as {int(effective(weights)):,} alike"
    )
