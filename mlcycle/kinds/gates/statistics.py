"""Intervals: DeLong for areas under the ROC curve, normal for means, Wilson for shares, else bootstrap."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]

#: Draws of a bootstrap, and its fixed seed: the same scores always give the same interval.
_DRAWS = 400
_SEED = 20_130_101


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its two-sided interval; NaN where it cannot be computed."""

    figure: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        return math.isfinite(self.figure) and math.isfinite(self.low) and math.isfinite(self.high)

    def map(self, function: Callable[[float], float]) -> Estimate:
        """The estimate of a monotonic `function` of the figure."""
        ends = sorted((function(self.low), function(self.high)))
        return Estimate(figure=function(self.figure), low=ends[0], high=ends[1])


UNKNOWN = Estimate(figure=math.nan, low=math.nan, high=math.nan)


def normal(figure: float, variance: float, confidence: float) -> Estimate:
    """The interval of a figure whose sampling error is normal with `variance`."""
    half = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(max(variance, 0.0))
    return Estimate(figure=figure, low=figure - half, high=figure + half)


def mean(values: Floats, confidence: float, weights: Floats | None = None) -> Estimate:
    """The mean of independent rows; needs two of them.

    With weights the variance is that of a ratio of two sums, linearised (Cochran 1977, 6.4): n/(n-1) times
    the sum of w^2 (x - mean)^2 over the square of the sum of w. Equal weights make it the usual one.
    """
    if weights is None:
        if len(values) < 2:
            return UNKNOWN
        return normal(float(values.mean()), float(values.var(ddof=1)) / len(values), confidence)
    counting = int((weights > 0).sum())
    if counting < 2:
        return UNKNOWN
    figure = float(np.average(values, weights=weights))
    spread = float(np.sum((weights * (values - figure)) ** 2)) / float(weights.sum()) ** 2
    return normal(figure, spread * counting / (counting - 1), confidence)


def effective(weights: Floats) -> float:
    """How many rows of one weight tell as much as rows with these (Kish 1965): (sum w)^2 / sum w^2."""
    return float(weights.sum()) ** 2 / float(np.sum(weights**2)) if weights.any() else 0.0


def share(successes: float, trials: float, confidence: float) -> Estimate:
    """A share with Wilson's score interval (Wilson 1927), which stays inside 0..1 and is never of width 0."""
    if trials <= 0:
        return UNKNOWN
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = successes / trials
    center = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    return Estimate(figure=p, low=max(0.0, center - half), high=min(1.0, center + half))


def _placements(labels: Floats, scores: Floats) -> tuple[float, Floats, Floats]:
    """The area and each positive's and negative's structural component, by midranks (Sun and Xu 2014)."""
    positive = labels > 0.5
    p, n = int(positive.sum()), int((~positive).sum())
    ranks = rankdata(scores)
    ranks_p, ranks_n = ranks[positive], ranks[~positive]
    area = float((ranks_p.sum() - p * (p + 1) / 2) / (p * n))
    of_positives = (ranks_p - rankdata(scores[positive])) / n
    of_negatives = 1 - (ranks_n - rankdata(scores[~positive])) / p
    return area, of_positives, of_negatives


def _variance(of_positives: Floats, of_negatives: Floats) -> float:
    return float(of_positives.var(ddof=1) / len(of_positives) + of_negatives.var(ddof=1) / len(of_negatives))


def _enough(labels: Floats) -> bool:
    positives = int((labels > 0.5).sum())
    return positives >= 2 and len(labels) - positives >= 2


def auc(labels: Floats, scores: Floats, confidence: float) -> Estimate:
    """Area under the ROC curve with DeLong's interval (DeLong et al. 1988), cut to 0..1."""
    if not _enough(labels):
        return UNKNOWN
    area, of_positives, of_negatives = _placements(labels, scores)
    found = normal(area, _variance(of_positives, of_negatives), confidence)
    return Estimate(figure=area, low=max(0.0, found.low), high=min(1.0, found.high))


def auc_difference(labels: Floats, scores: Floats, other: Floats, confidence: float) -> Estimate:
    """Area of `scores` less that of `other` on the same rows, with the paired interval of DeLong."""
    if not _enough(labels):
        return UNKNOWN
    area, positives, negatives = _placements(labels, scores)
    other_area, other_positives, other_negatives = _placements(labels, other)
    variance = _variance(positives - other_positives, negatives - other_negatives)
    return normal(area - other_area, variance, confidence)


def bootstrap(statistic: Callable[[Floats], float], weights: Floats, confidence: float) -> Estimate:
    """Percentile bootstrap of a statistic of row weights (Efron 1979): how often each row was drawn, times
    its own weight.

    A statistic that cannot be computed for one draw in twenty is unknown.
    """
    rows = len(weights)
    if rows < 2:
        return UNKNOWN
    generator = np.random.default_rng(_SEED)

    def drawn() -> float:
        again = np.bincount(generator.integers(0, rows, rows), minlength=rows) * weights
        return statistic(again) if again.any() else math.nan

    draws = np.array([drawn() for _ in range(_DRAWS)])
    return percentiles(statistic(weights), draws, confidence)


def percentiles(figure: float, draws: NDArray[Any], confidence: float) -> Estimate:
    """The interval that the finite ones of `draws` span around `figure`."""
    finite = draws[np.isfinite(draws)]
    if not math.isfinite(figure) or len(finite) < 0.95 * len(draws):
        return UNKNOWN
    low, high = np.quantile(finite, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(figure=figure, low=float(low), high=float(high))


def generator() -> np.random.Generator:
    """The seeded source of draws for resampling outside this module."""
    return np.random.default_rng(_SEED)


def draws() -> int:
    """How many draws a bootstrap makes."""
    return _DRAWS
