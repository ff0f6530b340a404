"""Polars columns as the numpy columns that `mlcycle.steps` computes with, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mlcycle.graph.column import DType

_TYPES = {
    "int64": pl.Int64(),
    "float64": pl.Float64(),
    "bool": pl.Boolean(),
    "string": pl.String(),
    "timestamp": pl.Datetime("us", "UTC"),
    "date": pl.Date(),
}


def polars_type(dtype: str) -> pl.DataType:
    """The Polars type in which a column of `dtype` is kept."""
    return _TYPES[dtype]


def dtype_of(kind: pl.DataType) -> DType:
    """Our dtype for a Polars type; "unknown" where there is none."""
    if kind.is_integer():
        return "int64"
    if kind.is_float() or isinstance(kind, pl.Decimal):
        return "float64"
    if isinstance(kind, pl.Datetime):
        return "timestamp"
    names: dict[type[pl.DataType], DType] = {
        pl.Boolean: "bool",
        pl.String: "string",
        pl.Categorical: "string",
        pl.Enum: "string",
        pl.Date: "date",
    }
    return names.get(type(kind), "unknown")


def to_arrays(frame: pl.DataFrame, names: Iterable[str] | None = None) -> dict[str, NDArray[Any]]:
    """The columns `names` (all if None) in the form that `mlcycle.steps.expression` describes."""
    return {name: to_array(frame[name]) for name in (frame.columns if names is None else names)}


def to_array(column: pl.Series) -> NDArray[Any]:
    """One column as an array."""
    dtype = column.dtype
    if dtype.is_numeric() or dtype == pl.Boolean:
        return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    if dtype.is_temporal():
        return column.cast(pl.Datetime("us")).to_numpy().astype("M8[us]")
    held = np.empty(len(column), dtype=object)
    held[:] = column.cast(pl.String).to_list()
    return held


def to_series(name: str, array: NDArray[Any], dtype: str) -> pl.Series:
    """An array as a column of `dtype`; NaN and NaT become null."""
    kind = _TYPES[dtype]
    if dtype == "string":
        return pl.Series(name, array.tolist(), dtype=pl.String)
    if dtype in ("timestamp", "date"):
        moments = pl.Series(name, array.astype("M8[us]")).dt.replace_time_zone("UTC")
        return moments.cast(kind)
    numbers = pl.Series(name, array.astype(np.float64)).fill_nan(None)
    return numbers != 0 if dtype == "bool" else numbers.cast(kind)
