"""Figures over ranges that are no single number combined: deviation, decay, distinct values, ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mlcycle.kinds.features.aggregation.ranges import reduce_ranges

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def deviation(values: pl.Series, low: Integers, high: Integers) -> Floats:
    """The sample's standard deviation (n - 1), NaN for fewer than two values.

    Pieces are (n, mean, sum of squared distances from it), joined as in Chan, Golub, LeVeque (1979): exact
    where values are large and close to each other.
    """
    present = values.is_not_null().to_numpy().astype(np.float64)
    numbers = values.cast(pl.Float64).fill_null(0.0).to_numpy()
    pieces = np.stack([present, numbers * present, np.zeros(len(numbers))], axis=1)
    found = reduce_ranges(pieces, low, high, _joined_moments, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread: Floats = np.sqrt(found[:, 2] / (found[:, 0] - 1))
    return np.where(found[:, 0] >= 2, spread, np.nan)


def _joined_moments(one: Floats, other: Floats) -> Floats:
    count = one[:, 0] + other[:, 0]
    share = np.divide(other[:, 0], count, out=np.zeros_like(count), where=count > 0)
    distance = other[:, 1] - one[:, 1]
    mean = np.where(one[:, 0] > 0, one[:, 1] + distance * share, other[:, 1])
    squares = one[:, 2] + other[:, 2] + distance**2 * one[:, 0] * share
    return np.stack([count, mean, squares], axis=1)


def decayed_mean(
    values: pl.Series, seconds: Floats, half_life: float, low: Integers, high: Integers
) -> Floats:
    """The mean in which a value counts half as much as one that became known `half_life` seconds later.

    Pieces are (newest moment, sum of weighted values, sum of weights), weighed as of that moment; all weights
    shrink alike afterwards, so that the mean stays as it is until a value comes or goes.
    """
    present = values.is_not_null().to_numpy().astype(np.float64)
    numbers = values.cast(pl.Float64).fill_null(0.0).to_numpy()
    pieces = np.stack([seconds, numbers * present, present], axis=1)

    def joined(one: Floats, other: Floats) -> Floats:
        decay = np.exp2((one[:, 0] - other[:, 0]) / half_life)[:, None]
        return np.concatenate([other[:, :1], one[:, 1:] * decay + other[:, 1:]], axis=1)

    found = reduce_ranges(pieces, low, high, joined, np.array([-np.inf, 0.0, 0.0]))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = found[:, 1] / found[:, 2]
    return mean


def distinct(values: pl.Series, low: Integers, high: Integers) -> Integers:
    """The number of different values of each range, nulls aside.

    Quick where the ranges, in order of where they begin, are a window that slides.
    """
    listed = values.to_list()
    seen: Counter[Any] = Counter()
    found = np.zeros(len(low), dtype=np.int64)
    start = end = 0
    for index in np.lexsort((high, low)).tolist():
        first, last = int(low[index]), int(high[index])
        seen.update(listed[end:last])
        seen.subtract(listed[last:end])
        seen.subtract(listed[start:first])
        for value in {*listed[last:end], *listed[start:first]}:
            if not seen[value]:
                del seen[value]
        start, end = first, last
        found[index] = len(seen) - (None in seen)
    return found


def end(values: pl.Series, low: Integers, high: Integers, function: str) -> pl.Series:
    """The `first` or the `last` value that is not null; null where there is none."""
    place = np.where(values.is_not_null().to_numpy(), np.arange(len(values)), -1)
    if function == "last":
        found = reduce_ranges(place, low, high, np.maximum, -1)
    else:
        beyond = len(values)
        found = reduce_ranges(np.where(place < 0, beyond, place), low, high, np.minimum, beyond)
        found = np.where(found == beyond, -1, found)
    index = pl.Series(found, dtype=pl.Int64)
    return values.gather(index.set(index < 0, None))


def reduced(values: pl.Series, low: Integers, high: Integers, count: Integers, function: str) -> pl.Series:
    """`function` over each range of numbers; `count` are the values of each that are not null. What an empty
    range gives has no meaning: mean, sum, min, max and any are of none."""
    if function in ("first", "last"):
        return end(values, low, high, function)
    if function == "distinct_count":
        return pl.Series(distinct(values, low, high))
    if function == "std":
        return pl.Series(deviation(values, low, high)).fill_nan(None)
    if function in ("sum", "mean"):
        total = reduce_ranges(values.fill_null(0).to_numpy(), low, high, np.add, 0)
        return pl.Series(total if function == "sum" else total / np.maximum(count, 1))
    combine, identity = _extremes(values.dtype)[function]
    return pl.Series(reduce_ranges(values.fill_null(identity).to_numpy(), low, high, combine, identity))


def _extremes(dtype: pl.DataType) -> Mapping[str, tuple[np.ufunc, Any]]:
    """The combining function of `min`, `max` and `any` with the value that changes nothing."""
    if dtype.is_integer():
        limits = np.iinfo(np.int64)
        most = (np.maximum, limits.min)
        return {"min": (np.minimum, limits.max), "max": most, "any": most}
    return {"min": (np.minimum, np.inf), "max": (np.maximum, -np.inf)}
