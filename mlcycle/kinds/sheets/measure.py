"""What a data sheet says of a column: figures and a picture, and no value that could point at a person.

Of a column with personal data nothing is shown but what is missing. Of texts, values are shown only where
they are categories: short, repeated, and each of at least `FEWEST` rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from mlcycle.kinds.sheets.periods import over_time
from mlcycle.kinds.sheets.words import instant, number, share

#: So many rows at least have a value, or are in a group, that is shown by itself.
FEWEST = 5
#: A text with a value longer than this is no category.
_LONGEST = 60
_SHOWN = 8
_MOST_BARS = 24
_BINS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A bar of a picture: what it stands for, and how many rows are in it. rest: all that has no own bar."""

    label: str
    rows: int
    rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A column as it was found.

    shape: `hidden`, `empty`, `numbers`, `values`, `times` or `text`. facts: (what, figure) pairs, ready to
    print. bins: bars in order of their values; ends: what the first one begins and the last one ends with,
    where that is not their names. top: the commonest values of a category, the others last. note: what is
    not shown and why.
    """

    name: str
    dtype: str
    rows: int
    missing: int
    shape: str
    facts: tuple[tuple[str, str], ...] = ()
    bins: tuple[Bin, ...] = ()
    ends: tuple[str, str] | None = None
    top: tuple[Bin, ...] = ()
    note: str = ""
    marks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def missing_share(self) -> float:
        """The missing values' share of the rows, 0 where there are none."""
        return self.missing / self.rows if self.rows else 0.0


def measure(column: pl.Series, dtype: str, marks: Mapping[str, Any]) -> Measured:
    """The column by its type. marks: what the spec says of it (`pii`, `sensitive`, `description`, ...)."""
    whole = column.fill_nan(None) if column.dtype.is_float() else column
    known = whole.drop_nulls()
    found = _hidden() if marks.get("pii") else _shape(known)
    return Measured(
        name=column.name,
        dtype=dtype,
        rows=len(column),
        missing=whole.null_count(),
        marks=marks,
        **found,
    )


def _hidden() -> dict[str, Any]:
    return {"shape": "hidden", "note": "Personal data: no value, range or count of it is shown."}


def _shape(known: pl.Series) -> dict[str, Any]:
    if not len(known):
        return {"shape": "empty", "note": "It has no value at all."}
    if known.dtype == pl.Boolean:
        return _flags(known)
    if known.dtype.is_numeric():
        return _numbers(known)
    if known.dtype.is_temporal():
        return _times(known)
    if known.dtype in (pl.String, pl.Categorical, pl.Enum):
        return _texts(known.cast(pl.String))
    return {"shape": "text", "note": "Values of this type are not looked at."}


def _flags(known: pl.Series) -> dict[str, Any]:
    true = int(known.sum())
    bins = (Bin(label="false", rows=len(known) - true), Bin(label="true", rows=true))
    return {"shape": "values", "bins": bins, "facts": (("true", share(true / len(known))),)}


def _numbers(known: pl.Series) -> dict[str, Any]:
    values = known.cast(pl.Float64)
    at = {"least": 0.0, "5%": 0.05, "median": 0.5, "95%": 0.95, "greatest": 1.0}
    facts = [(name, number(values.quantile(q, "linear"))) for name, q in at.items()]
    facts[2:2] = [("mean", number(values.mean()))]
    distinct = known.n_unique()
    if distinct <= _MOST_BARS and (known.dtype.is_integer() or distinct <= 2):
        counts = known.value_counts().sort(known.name)
        bins = tuple(Bin(label=number(value), rows=rows) for value, rows in counts.iter_rows())
        return {"shape": "numbers", "facts": tuple(facts), "bins": bins}
    facts.append(("distinct values", f"{distinct:,}"))
    return {"shape": "numbers", "facts": tuple(facts), **_histogram(values.to_numpy())}


def _histogram(values: Any) -> dict[str, Any]:
    """Bars of equal width over the middle 99% of the rows; what lies beyond is in the outermost ones."""
    low, high = (float(end) for end in np.quantile(values, [0.005, 0.995]))
    if low == high:
        low, high = float(values.min()), float(values.max())
    if low == high:
        return {"bins": (Bin(label=number(low), rows=len(values)),)}
    edges = np.linspace(low, high, _BINS + 1)
    counts, _ = np.histogram(np.clip(values, low, high), edges)
    labels = [f"{number(a)} to {number(b)}" for a, b in pairwise(edges)]
    beyond = int((values < low).sum() + (values > high).sum())
    note = f"The outermost bars hold {beyond:,} rows from beyond the picture." if beyond else ""
    bins = tuple(Bin(label=label, rows=int(rows)) for label, rows in zip(labels, counts, strict=True))
    return {"bins": bins, "ends": (number(low), number(high)), "note": note}


def _times(known: pl.Series) -> dict[str, Any]:
    oldest, newest = known.min(), known.max()
    assert isinstance(oldest, date | datetime)
    assert isinstance(newest, date | datetime)
    word, periods = over_time(known)
    return {
        "shape": "times",
        "facts": (("from", instant(oldest)), ("to", instant(newest))),
        "bins": tuple(Bin(label=label, rows=rows) for label, rows in periods),
        "note": f"A bar is {word}.",
    }


def _texts(known: pl.Series) -> dict[str, Any]:
    distinct, lengths = known.n_unique(), known.str.len_chars()
    longest = int(str(lengths.max()))
    facts = (("distinct values", f"{distinct:,}"), ("longest", f"{longest:,} characters"))
    free = longest > _LONGEST or bool(known.str.contains(r"[\r\n]").any()) or 2 * distinct > len(known)
    if free:
        note = "Free text, or a name of its own for most rows: no value of it is shown."
        return {"shape": "text", "facts": facts, "note": note}
    counts = known.value_counts().sort(["count", known.name], descending=[True, False])
    shown = counts.filter(pl.col("count") >= FEWEST).head(_SHOWN)
    top = [Bin(label=value, rows=rows) for value, rows in shown.iter_rows()]
    others = distinct - len(top)
    if others:
        left = len(known) - sum(each.rows for each in top)
        top.append(Bin(label=f"{others:,} other value{'s' if others > 1 else ''}", rows=left, rest=True))
    few = int((counts["count"] < FEWEST).sum())
    note = f"Values of fewer than {FEWEST} rows are not named." if few else ""
    return {"shape": "values", "facts": facts[:1], "top": tuple(top), "note": note}
