"""Every metric of the catalogue against scikit-learn, weighted and not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from mlcycle.kinds.gates import metrics
from mlcycle.kinds.gates.catalog import BINARY, METRICS, MULTICLASS, REGRESSION
from mlcycle.kinds.gates.losses import Judged, weighted

pytestmark = pytest.mark.slow

TASKS = (BINARY, MULTICLASS, REGRESSION)


def judged(task: str, seed: int = 0, rows: int = 700) -> Judged:
    source = np.random.default_rng(seed)
    if task == REGRESSION:
        labels = source.normal(10, 3, rows)
        return Judged(
            task=task, labels=labels, scores=labels + source.normal(0, 1 + seed % 3, rows), classes=0
        )
    if task == BINARY:
        labels = (source.random(rows) < 0.3).astype(np.float64)
        noisy = np.round(1 / (1 + np.exp(-(2 * labels - 1 + source.normal(size=rows)))), 2)
        return Judged(task=task, labels=labels, scores=noisy, threshold=0.4)
    labels = source.integers(0, 3, rows).astype(np.float64)
    raw = np.exp(source.normal(size=(rows, 3)) + 1.2 * np.eye(3)[labels.astype(int)])
    return Judged(task=task, labels=labels, scores=raw / raw.sum(axis=1, keepdims=True), classes=3)


def reference(metric: str, given: Judged, weights: Any) -> float:
    labels, scores, decided = given.labels, given.scores, given.decisions()
    by: dict[str, Callable[[], Any]] = {
        "roc_auc": lambda: sk.roc_auc_score(labels, scores, sample_weight=weights),
        "average_precision": lambda: sk.average_precision_score(labels, scores, sample_weight=weights),
        "log_loss": lambda: sk.log_loss(labels, scores, sample_weight=weights),
        "brier_score": lambda: sk.brier_score_loss(labels, scores, sample_weight=weights),
        "accuracy": lambda: sk.accuracy_score(labels, decided, sample_weight=weights),
        "balanced_accuracy": lambda: sk.balanced_accuracy_score(labels, decided, sample_weight=weights),
        "precision": lambda: sk.precision_score(labels, decided, sample_weight=weights),
        "recall": lambda: sk.recall_score(labels, decided, sample_weight=weights),
        "f1": lambda: sk.f1_score(labels, decided, sample_weight=weights),
        "f1_macro": lambda: sk.f1_score(labels, decided, average="macro", sample_weight=weights),
        "root_mean_squared_error": lambda: sk.root_mean_squared_error(labels, scores, sample_weight=weights),
        "mean_squared_error": lambda: sk.mean_squared_error(labels, scores, sample_weight=weights),
        "mean_absolute_error": lambda: sk.mean_absolute_error(labels, scores, sample_weight=weights),
        "r2": lambda: sk.r2_score(labels, scores, sample_weight=weights),
    }
    return float(by[metric]())


CASES = [(info.name, task) for info in METRICS for task in info.tasks]


@pytest.mark.parametrize(("metric", "task"), CASES)
def test_figures_are_scikit_learns(metric: str, task: str) -> None:
    given = judged(task)
    assert metrics.figure(metric, given) == pytest.approx(reference(metric, given, None), rel=1e-6)


@pytest.mark.parametrize(("metric", "task"), CASES)
def test_weighted_figures_are_scikit_learns(metric: str, task: str) -> None:
    given = judged(task, seed=1)
    weights = np.random.default_rng(5).integers(0, 4, len(given.labels)).astype(np.float64)
    expected = reference(metric, given, weights)
    assert weighted(metric, given)(weights) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("metric", "task"), CASES)
def test_intervals_hold_the_figure_and_narrow_with_rows(metric: str, task: str) -> None:
    few, many = (metrics.estimate(metric, judged(task, rows=rows), 0.95) for rows in (300, 4_800))
    assert few.low < few.figure < few.high
    assert (many.high - many.low) == pytest.approx((few.high - few.low) / 4, rel=0.5)


@pytest.mark.parametrize(("metric", "task"), CASES)
def test_a_difference_is_that_of_the_figures_and_none_to_itself(metric: str, task: str) -> None:
    given = judged(task)
    other = Judged(
        task=task,
        labels=given.labels,
        scores=np.roll(given.scores, 1, axis=0) * 0.5 + given.scores * 0.5,
        classes=given.classes,
        threshold=given.threshold,
    )
    found = metrics.difference(metric, given, other, 0.95)
    expected = metrics.figure(metric, given) - metrics.figure(metric, other)
    assert found.figure == pytest.approx(expected)
    assert found.low < found.figure < found.high
    same = metrics.difference(metric, given, given, 0.95)
    assert (same.low, same.figure, same.high) == (0, 0, 0)


@pytest.mark.parametrize("task", TASKS)
def test_a_score_that_is_not_a_number_makes_everything_unknown(task: str) -> None:
    given = judged(task)
    given.scores[3] = np.nan
    for name in metrics.names(task):
        assert not metrics.estimate(name, given, 0.95).known
        assert np.isnan(metrics.figure(name, given))


def test_confident_and_wrong_has_a_finite_log_loss() -> None:
    given = Judged(task=BINARY, labels=np.array([1.0, 0.0]), scores=np.array([0.0, 1.0]))
    assert metrics.figure("log_loss", given) == pytest.approx(15.9424, abs=1e-4)  # -ln of float32's step
