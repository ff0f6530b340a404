"""One row for each key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """One row for each value of `by`, in the order of the first row of each, with `columns` summarized."""
    summaries = [_summary(each).alias(each["name"]) for each in config["columns"]]
    return frame.group_by(config["by"], maintain_order=True).agg(summaries)


def _summary(each: Mapping[str, Any]) -> pl.Expr:
    if "column" not in each:
        return pl.len().cast(pl.Int64)
    values = pl.col(each["column"]).drop_nulls()
    match each["function"]:
        case "count":
            return values.len().cast(pl.Int64)
        case "count_distinct":
            return values.n_unique().cast(pl.Int64)
        case "sum":
            return pl.when(values.len() > 0).then(values.sum())
        case "mean":
            return values.mean().cast(pl.Float64)
        case "median":
            return values.cast(pl.Float64).median()
        case "min":
            return values.min()
        case "max":
            return values.max()
        case "first":
            return values.first()
    return values.last()
