"""Metrics as functions of weighted rows, and those that are means of one loss a row."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcycle.kinds.gates.catalog import BINARY, MULTICLASS
from mlcycle.kinds.gates.statistics import Floats

#: A metric of rows that each count `weight` times.
Weighted = Callable[[Floats], float]
Indexes = NDArray[np.int64]

_EPSILON = float(np.finfo(np.float32).eps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Labels and one model's scores for the same rows.

    labels: float64 [N]: 0/1, class index or value. scores: float64 [N], or [N, C] for several classes.
    threshold: least probability that decides for true.
    weights: float64 [N], how much each row counts; None if all count alike.
    """

    task: str
    labels: Floats
    scores: Floats
    classes: int = 2
    threshold: float = 0.5
    weights: Floats | None = None

    @property
    def counting(self) -> Floats:
        """How much each row counts."""
        return np.ones(len(self.labels)) if self.weights is None else self.weights

    def decisions(self) -> Floats:
        """0/1 or the likeliest class; scores themselves for regression."""
        if self.task == BINARY:
            chosen = self.scores.astype(np.float32) >= np.float32(self.threshold)  # as the service compares
            return chosen.astype(np.float64)
        if self.task == MULTICLASS:
            return np.asarray(self.scores.argmax(axis=1), dtype=np.float64)
        return self.scores


def per_row(metric: str, judged: Judged) -> Floats | None:
    """The loss (or hit) of each row where `metric` is its mean over all rows, else None."""
    labels, scores = judged.labels, judged.scores
    if metric == "log_loss":
        return _log_loss(judged)
    if metric == "brier_score":
        return np.asarray((scores - labels) ** 2)
    if metric == "accuracy":
        return np.asarray(judged.decisions() == labels, dtype=np.float64)
    if metric == "mean_squared_error":
        return np.asarray((scores - labels) ** 2)
    if metric == "mean_absolute_error":
        return np.abs(scores - labels)
    return None


def _log_loss(judged: Judged) -> Floats:
    """Cross entropy in nats of each row; probabilities are kept one float32 step off 0 and 1."""
    if judged.task == BINARY:
        own = np.where(judged.labels > 0.5, judged.scores, 1 - judged.scores)
    else:
        rows = np.arange(len(judged.labels))
        own = judged.scores[rows, judged.labels.astype(np.int64)] / judged.scores.sum(axis=1)
    return np.asarray(-np.log(np.clip(own, _EPSILON, 1 - _EPSILON)))


def weighted(metric: str, judged: Judged) -> Weighted:
    """The metric as a function of row weights; KeyError for a name that the task does not have."""
    losses = per_row(metric, judged)
    if losses is not None:
        return lambda weights: float(np.average(losses, weights=weights))
    if metric == "root_mean_squared_error":
        squares = (judged.scores - judged.labels) ** 2
        return lambda weights: math.sqrt(float(np.average(squares, weights=weights)))
    if metric == "r2":
        return _r2(judged)
    if metric == "average_precision":
        return _average_precision(judged)
    if metric == "roc_auc":
        return _area(judged)
    return _of_confusion(metric, judged)


def _r2(judged: Judged) -> Weighted:
    squares = (judged.scores - judged.labels) ** 2

    def statistic(weights: Floats) -> float:
        center = np.average(judged.labels, weights=weights)
        spread = float(np.sum(weights * (judged.labels - center) ** 2))
        return 1 - float(np.sum(weights * squares)) / spread if spread > 0 else math.nan

    return statistic


def _by_threshold(judged: Judged) -> tuple[Indexes, Floats, Indexes]:
    """Row order by falling score, whether each is positive, and the last row of each distinct score."""
    order = np.argsort(-judged.scores, kind="stable")
    ordered = judged.scores[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    return order, (judged.labels[order] > 0.5).astype(np.float64), last


def _average_precision(judged: Judged) -> Weighted:
    """Precision at each distinct score weighted by the recall gained there, without interpolation."""
    order, positive, last = _by_threshold(judged)

    def statistic(weights: Floats) -> float:
        drawn = weights[order]
        hits = np.cumsum(drawn * positive)[last]
        taken = np.cumsum(drawn)[last]
        if hits[-1] == 0:
            return math.nan
        precision = np.divide(hits, taken, out=np.zeros_like(hits), where=taken > 0)
        return float(np.sum(np.diff(hits, prepend=0.0) * precision) / hits[-1])

    return statistic


def _area(judged: Judged) -> Weighted:
    """Area under the ROC curve by the trapezoids between distinct scores."""
    order, positive, last = _by_threshold(judged)

    def statistic(weights: Floats) -> float:
        drawn = weights[order]
        hits = np.append(0.0, np.cumsum(drawn * positive)[last])
        misses = np.append(0.0, np.cumsum(drawn * (1 - positive))[last])
        if hits[-1] == 0 or misses[-1] == 0:
            return math.nan
        return float(np.trapezoid(hits, misses) / (hits[-1] * misses[-1]))

    return statistic


def _of_confusion(metric: str, judged: Judged) -> Weighted:
    size = judged.classes
    cells = (judged.labels * size + judged.decisions()).astype(np.int64)
    figure = _CONFUSION[metric]

    def statistic(weights: Floats) -> float:
        counts = np.bincount(cells, weights=weights, minlength=size * size)
        return figure(counts.reshape(size, size).astype(np.float64))

    return statistic


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0 else math.nan


def _f1(table: Floats, index: int) -> float:
    """F1 of one class: 0 when it is neither seen nor decided for, as scikit-learn has it."""
    bottom = float(table[index].sum() + table[:, index].sum())
    return 2 * float(table[index, index]) / bottom if bottom > 0 else 0.0


def _balanced_accuracy(table: Floats) -> float:
    seen = table.sum(axis=1)
    return float(np.mean(np.diag(table)[seen > 0] / seen[seen > 0]))


_CONFUSION: dict[str, Callable[[Floats], float]] = {
    "precision": lambda table: _ratio(float(table[1, 1]), float(table[:, 1].sum())),
    "recall": lambda table: _ratio(float(table[1, 1]), float(table[1].sum())),
    "f1": lambda table: _f1(table, 1),
    "f1_macro": lambda table: float(np.mean([_f1(table, index) for index in range(len(table))])),
    "balanced_accuracy": _balanced_accuracy,
}
