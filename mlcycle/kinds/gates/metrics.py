"""A metric of a model with its interval, and the difference between two models on the same rows."""

from __future__ import annotations

import math

import numpy as np

from mlcycle.kinds.gates.catalog import METRICS
from mlcycle.kinds.gates.losses import Judged, per_row, weighted
from mlcycle.kinds.gates.statistics import UNKNOWN, Estimate, auc, auc_difference, bootstrap, mean, share

_SHARES = ("accuracy", "precision", "recall")


def names(task: str) -> tuple[str, ...]:
    """The metrics of a task, the most telling first."""
    return tuple(info.name for info in METRICS if task in info.tasks)


def figure(metric: str, judged: Judged) -> float:
    """The metric alone; NaN where it cannot be computed."""
    if not _finite(judged):
        return math.nan
    return weighted(metric, judged)(np.ones(len(judged.labels)))


def estimate(metric: str, judged: Judged, confidence: float) -> Estimate:
    """The metric with its two-sided interval at `confidence`.

    DeLong for roc_auc, Wilson for shares, normal for means of one loss a row (and for the root of one),
    bootstrap otherwise. Unknown where a score is not a finite number.
    """
    if not _finite(judged):
        return UNKNOWN
    if metric == "roc_auc":
        return auc(judged.labels, judged.scores, confidence)
    if metric in _SHARES:
        return share(*_counts(metric, judged), confidence)
    if metric == "root_mean_squared_error":
        squares = mean((judged.scores - judged.labels) ** 2, confidence)
        return squares.map(lambda value: math.sqrt(max(value, 0.0))) if squares.known else UNKNOWN
    losses = per_row(metric, judged)
    if losses is not None:
        return mean(losses, confidence)
    return bootstrap(weighted(metric, judged), len(judged.labels), confidence)


def difference(metric: str, judged: Judged, other: Judged, confidence: float) -> Estimate:
    """The metric of `judged` less that of `other` on the same rows, with a paired interval."""
    if not (_finite(judged) and _finite(other)):
        return UNKNOWN
    if metric == "roc_auc":
        return auc_difference(judged.labels, judged.scores, other.scores, confidence)
    losses, others = per_row(metric, judged), per_row(metric, other)
    if losses is not None and others is not None:
        return mean(losses - others, confidence)
    mine, theirs = weighted(metric, judged), weighted(metric, other)
    return bootstrap(lambda weights: mine(weights) - theirs(weights), len(judged.labels), confidence)


def _finite(judged: Judged) -> bool:
    return len(judged.labels) > 0 and bool(np.isfinite(judged.scores).all())


def _counts(metric: str, judged: Judged) -> tuple[float, float]:
    decided, labels = judged.decisions(), judged.labels
    if metric == "accuracy":
        return float((decided == labels).sum()), float(len(labels))
    hits = float(((decided == 1) & (labels == 1)).sum())
    return hits, float((decided == 1).sum() if metric == "precision" else (labels == 1).sum())
