"""How much each feature differs between the sides: population stability and the largest difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mlcycle.task import Table

_BINS = 10
_MOST_VALUES = 50
_MOST_ROWS = 100_000
_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Of one feature.

    psi: population stability index over ten parts of the training rows (a text: over its values), with the
        missing ones apart; by rule of thumb under 0.1 is little and over 0.25 a lot. Counts have half a row
        more each, so that an empty part is no infinity.
    largest: of a number the Kolmogorov-Smirnov distance, of a text the total variation distance; both are
        the largest difference of the shares of rows that any set of the kind has, from 0 to 1.
    """

    feature: str
    psi: float
    largest: float


def differences(one: pl.DataFrame, other: pl.DataFrame, features: Iterable[str]) -> tuple[Difference, ...]:
    """How the features of `other` differ from those of `one`, most first; of 100,000 rows a side at most."""
    one, other = _fewer(one), _fewer(other)
    if not one.height or not other.height:
        return ()
    found = (_difference(name, one[name], other[name]) for name in features)
    return tuple(sorted(found, key=lambda each: (-each.psi, each.feature)))


def as_table(found: tuple[Difference, ...], sides: str) -> Table:
    """The largest fifty."""
    rows = tuple((each.feature, round(each.psi, 4), round(each.largest, 4)) for each in found[:_SHOWN])
    return Table(title=f"Drift between {sides}", columns=("feature", "psi", "largest difference"), rows=rows)


def as_figures(found: tuple[Difference, ...]) -> Mapping[str, float]:
    """Feature -> population stability index."""
    return {each.feature: round(each.psi, 4) for each in found}


def _fewer(rows: pl.DataFrame) -> pl.DataFrame:
    """Every n-th row, so that a side of many rows is seen over all of its time."""
    return rows.gather_every(-(-rows.height // _MOST_ROWS)) if rows.height > _MOST_ROWS else rows


def _difference(name: str, one: pl.Series, other: pl.Series) -> Difference:
    if one.dtype == pl.String:
        counts = _counts_of_values(one, other)
        shares = [count / max(count.sum(), 1) for count in counts]
        largest = float(np.abs(shares[0] - shares[1]).sum()) / 2
        return Difference(feature=name, psi=_psi(*counts), largest=largest)
    numbers = [column.cast(pl.Float64).fill_nan(None) for column in (one, other)]
    known = [column.drop_nulls().sort().to_numpy() for column in numbers]
    nulls = [column.null_count() for column in numbers]
    psi = _psi(*_counts_of_numbers(known[0], known[1], nulls))
    return Difference(feature=name, psi=psi, largest=_kolmogorov_smirnov(known[0], known[1]))


def _psi(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    p, q = ((counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (one, other))
    return float(((q - p) * np.log(q / p)).sum())


def _counts_of_values(one: pl.Series, other: pl.Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows with each of the commonest values of both; with any other; with none."""
    together = pl.concat([one.alias("value"), other.alias("value")])
    common = together.drop_nulls().value_counts().sort(["count", "value"], descending=[True, False])
    values = common["value"].head(_MOST_VALUES)

    def counted(column: pl.Series) -> NDArray[np.float64]:
        found = dict(column.value_counts().iter_rows())
        listed = [found.pop(value, 0) for value in values]
        missing = found.pop(None, 0)
        return np.array([*listed, sum(found.values()), missing], np.float64)

    return counted(one), counted(other)


def _counts_of_numbers(
    one: NDArray[np.float64], other: NDArray[np.float64], nulls: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    parts = np.unique(np.quantile(one, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(one) else np.array([])

    def counted(values: NDArray[np.float64], missing: int) -> NDArray[np.float64]:
        ends = np.searchsorted(values, parts, side="right")
        return np.diff(np.array([0, *ends, len(values), len(values) + missing], np.float64))

    return counted(one, nulls[0]), counted(other, nulls[1])


def _kolmogorov_smirnov(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The largest distance between the two distribution functions; 1 where only one side has values."""
    if not len(one) or not len(other):
        return 0.0 if len(one) == len(other) else 1.0
    points = np.concatenate([one, other])
    below = [np.searchsorted(side, points, side="right") / len(side) for side in (one, other)]
    return float(np.abs(below[0] - below[1]).max())
