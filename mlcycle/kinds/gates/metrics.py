"""A metric of a model with its interval, and the difference between two models on the same rows."""

from __future__ import annotations

import math

import numpy as np

from mlcycle.kinds.gates.catalog import METRICS
from mlcycle.kinds.gates.losses import Judged, per_row, weighted
from mlcycle.kinds.gates.statistics import (
    UNKNOWN,
    Estimate,
    auc,
    auc_difference,
    bootstrap,
    effective,
    mean,
    share,
)

_SHARES = ("accuracy", "precision", "recall")


def names(task: str) -> tuple[str, ...]:
    """The metrics of a task, the most telling first."""
    return tuple(info.name for info in METRICS if task in info.tasks)


def figure(metric: str, judged: Judged) -> float:
    """The metric alone; NaN where it cannot be computed."""
    if not _finite(judged):
        return math.nan
    return weighted(metric, judged)(judged.counting)


def estimate(metric: str, judged: Judged, confidence: float) -> Estimate:
    """The metric with its two-sided interval at `confidence`.

    DeLong for roc_auc, Wilson for shares, normal for means of one loss a row (and for the root of one),
    bootstrap otherwise. Where rows have weights, a share rests on as many rows as those tell of (Kish), and
    roc_auc is bootstrapped as well. Unknown where a score is not a finite number.
    """
    if not _finite(judged):
        return UNKNOWN
    weights = judged.weights
    if metric == "roc_auc" and weights is None:
        return auc(judged.labels, judged.scores, confidence)
    if metric in _SHARES:
        return share(*_trials(metric, judged), confidence)
    if metric == "root_mean_squared_error":
        squares = mean((judged.scores - judged.labels) ** 2, confidence, weights)
        return squares.map(lambda value: math.sqrt(max(value, 0.0))) if squares.known else UNKNOWN
    losses = per_row(metric, judged)
    if losses is not None:
        return mean(losses, confidence, weights)
    return bootstrap(weighted(metric, judged), judged.counting, confidence)


def difference(metric: str, judged: Judged, other: Judged, confidence: float) -> Estimate:
    """The metric of `judged` less that of `other` on the same rows, with the weights of `judged` for both and
    a paired interval."""
    if not (_finite(judged) and _finite(other)):
        return UNKNOWN
    if metric == "roc_auc" and judged.weights is None:
        return auc_difference(judged.labels, judged.scores, other.scores, confidence)
    losses, others = per_row(metric, judged), per_row(metric, other)
    if losses is not None and others is not None:
        return mean(losses - others, confidence, judged.weights)
    mine, theirs = weighted(metric, judged), weighted(metric, other)
    return bootstrap(lambda weights: mine(weights) - theirs(weights), judged.counting, confidence)


def _finite(judged: Judged) -> bool:
    return len(judged.labels) > 0 and bool(np.isfinite(judged.scores).all())


def _trials(metric: str, judged: Judged) -> tuple[float, float]:
    """Successes and trials of a share; of weighted rows those of as many rows of one weight."""
    decided, labels, weights = judged.decisions(), judged.labels, judged.counting
    if metric == "accuracy":
        tried, hits = np.ones(len(labels), dtype=bool), decided == labels
    else:
        tried = (decided if metric == "precision" else labels) == 1
        hits = (decided == 1) & (labels == 1)
    trials, total = effective(weights[tried]), float(weights[tried].sum())
    return (float(weights[hits].sum()) * (trials / total), trials) if total > 0 else (0.0, 0.0)
