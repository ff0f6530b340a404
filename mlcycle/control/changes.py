"""What differs between two tables of one source: columns, rows, distributions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Counts of rows. by: the columns that told them apart; none where whole rows were compared, in which
    case a changed row is one that is gone and one that is new."""

    before: int
    after: int
    added: int
    removed: int
    changed: int | None
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A column in both tables. missing: shares of null; mean: of numbers.

    distance: 0 for alike to 1 for nothing in common: the Kolmogorov-Smirnov statistic of numbers and times,
    the total variation distance of anything else; None where a table has no value.
    """

    name: str
    missing: tuple[float, float]
    mean: tuple[float, float] | None
    distance: float | None
    measure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything that differs; a retyped column maps to (before, after)."""

    added: Mapping[str, str]
    removed: Mapping[str, str]
    retyped: Mapping[str, tuple[str, str]]
    rows: Rows
    distributions: tuple[Distribution, ...]


def compare(
    before: pl.DataFrame,
    after: pl.DataFrame,
    key: Sequence[str] = (),
    *,
    hidden: Collection[str] = (),
) -> Changes:
    """Compare two tables. Rows are told apart by `key` if it is in both and names each row once.

    Of columns in `hidden` no figure is made that is one of their values' own kind.
    """
    old, new = before.schema, after.schema
    shared = [name for name in old if name in new and old[name] == new[name]]
    return Changes(
        added={name: str(kind) for name, kind in new.items() if name not in old},
        removed={name: str(kind) for name, kind in old.items() if name not in new},
        retyped={n: (str(old[n]), str(new[n])) for n in old if n in new and old[n] != new[n]},
        rows=_rows(before, after, shared, tuple(key)),
        distributions=tuple(
            _distribution(before[name], after[name], shown=name not in hidden) for name in shared
        ),
    )


def _rows(before: pl.DataFrame, after: pl.DataFrame, shared: list[str], key: tuple[str, ...]) -> Rows:
    if not shared:
        return Rows(
            before=before.height, after=after.height, added=after.height, removed=before.height, changed=None
        )
    usable = key and set(key) <= set(shared) and not any(_repeats(f, key) for f in (before, after))
    if not usable:
        added, removed = _whole(before.select(shared), after.select(shared))
        return Rows(before=before.height, after=after.height, added=added, removed=removed, changed=None)
    on = list(key)
    both = before.select(shared).join(after.select(shared), on=on, suffix=_AFTER, nulls_equal=True)
    others = [name for name in shared if name not in key]
    differs = [pl.col(name).ne_missing(pl.col(name + _AFTER)) for name in others]
    return Rows(
        before=before.height,
        after=after.height,
        added=after.join(before, on=on, how="anti", nulls_equal=True).height,
        removed=before.join(after, on=on, how="anti", nulls_equal=True).height,
        changed=both.filter(pl.any_horizontal(differs)).height if differs else 0,
        by=key,
    )


_AFTER = " after, by mlcycle"


def _repeats(frame: pl.DataFrame, key: tuple[str, ...]) -> bool:
    return bool(frame.select(pl.struct(key).is_duplicated().any()).item())


def _whole(before: pl.DataFrame, after: pl.DataFrame) -> tuple[int, int]:
    """How many whole rows are new and how many are gone, equal ones counted."""
    counted = [
        frame.group_by(frame.columns).agg(pl.len().cast(pl.Int64).alias(_COUNT)) for frame in (before, after)
    ]
    both = counted[0].join(
        counted[1], on=before.columns, how="full", suffix=_AFTER, coalesce=True, nulls_equal=True
    )
    gained = both[_COUNT + _AFTER].fill_null(0) - both[_COUNT].fill_null(0)
    return int(gained.clip(lower_bound=0).sum()), int((-gained).clip(lower_bound=0).sum())


_COUNT = "count, by mlcycle"


def _distribution(before: pl.Series, after: pl.Series, *, shown: bool) -> Distribution:
    pair = (before, after)
    ordered = before.dtype.is_numeric() or before.dtype.is_temporal()
    values = [series.drop_nulls() for series in pair]
    measure = "Kolmogorov-Smirnov" if ordered else "total variation"
    distance = None
    if all(len(series) for series in values):
        distance = _smirnov(*values) if ordered else _variation(*values)
    means = [_mean(series) for series in values]
    return Distribution(
        name=before.name,
        missing=(_missing(before), _missing(after)),
        mean=(means[0], means[1]) if shown and before.dtype.is_numeric() and distance is not None else None,
        distance=distance,
        measure=measure,
    )


def _missing(series: pl.Series) -> float:
    return series.null_count() / len(series) if len(series) else 0.0


def _mean(series: pl.Series) -> float:
    mean = series.mean()
    return float(mean) if isinstance(mean, int | float) else float("nan")


def _smirnov(before: pl.Series, after: pl.Series) -> float:
    """The largest distance of the two empirical distribution functions."""
    one, other = (np.sort(series.to_physical().to_numpy()) for series in (before, after))
    points = np.concatenate([one, other])
    at = [np.searchsorted(side, points, side="right") / len(side) for side in (one, other)]
    return float(np.abs(at[0] - at[1]).max())


def _variation(before: pl.Series, after: pl.Series) -> float:
    """Half the sum of the differences of the values' shares."""
    shares = [
        series.cast(pl.String).rename("value").value_counts(normalize=True, name="share")
        for series in (before, after)
    ]
    both = shares[0].join(shares[1], on="value", how="full", suffix=_AFTER, coalesce=True)
    difference = both["share"].fill_null(0) - both["share" + _AFTER].fill_null(0)
    return float(difference.abs().sum()) / 2
