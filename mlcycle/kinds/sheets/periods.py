"""Rows by time (UTC), in the shortest usual periods that make a picture one can read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

_MOST = 60
_HOUR = 3_600
_DAY = 24 * _HOUR
#: As Polars writes it, its words, how its beginning is written, and about how many seconds it has.
_PERIODS = (
    ("1h", "an hour", "%Y-%m-%d %H:00", _HOUR),
    ("1d", "a day", "%Y-%m-%d", _DAY),
    ("1w", "a week", "week of %Y-%m-%d", 7 * _DAY),
    ("1mo", "a month", "%Y-%m", 30 * _DAY),
    ("1q", "a quarter", "quarter from %Y-%m", 91 * _DAY),
    ("1y", "a year", "%Y", 365 * _DAY),
    ("10y", "a decade", "decade from %Y", 3_652 * _DAY),
    ("100y", "a century", "century from %Y", 36_524 * _DAY),
)


def over_time(times: pl.Series) -> tuple[str, tuple[tuple[str, int], ...]]:
    """The period in words, and its name and rows from the first to the last, those without rows included."""
    moments = times.cast(pl.Datetime("us")).alias("period")
    span = (_moment(moments.max()) - _moment(moments.min())).total_seconds()
    every, word, form, _ = next((p for p in _PERIODS if span / p[3] <= _MOST), _PERIODS[-1])
    starts = moments.dt.truncate(every)
    whole = pl.datetime_range(_moment(starts.min()), _moment(starts.max()), every, eager=True)
    counts = whole.alias("period").to_frame().join(starts.value_counts(), on="period", how="left")
    found = counts.fill_null(0).sort("period").iter_rows()
    return word, tuple((f"{start:{form}}", int(rows)) for start, rows in found)


def _moment(value: Any) -> datetime:
    assert isinstance(value, datetime)
    return value
