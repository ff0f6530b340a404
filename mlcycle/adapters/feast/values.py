"""How our values look in Feast, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

_DTYPES: Mapping[str, pl.DataType] = {
    "int64": pl.Int64(),
    "float64": pl.Float64(),
    "bool": pl.Boolean(),
    "string": pl.String(),
    "timestamp": pl.Datetime("us", "UTC"),
    "date": pl.Date(),
}


def full_name(view: str, feature: str) -> str:
    """Feast's name of a feature among those of other views."""
    return f"{view}__{feature}"


def polars_type(dtype: str) -> pl.DataType:
    """The Polars type of a declared dtype."""
    return _DTYPES[dtype]


def from_feast(values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    """A column of an online response. Feast gives a moment as a datetime, or as seconds since 1970."""
    series = pl.Series(values, strict=False)
    if not dtype.is_temporal() or series.dtype == pl.Null:
        return series.cast(dtype)
    if series.dtype.is_numeric():
        series = series.cast(pl.Int64) * 1_000_000
    moment = series.cast(pl.Datetime("us")).dt.replace_time_zone("UTC") if not _zoned(series) else series
    return moment.cast(dtype)


def _zoned(series: pl.Series) -> bool:
    return isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone is not None
