"""Give columns another type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.sources.conform import convert, lost, shown
from mlcycle.task import WorkError


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with each `[name, dtype]` of `columns` in its type.

    Raises WorkError MLC877 for values that are none of it, unless `bad_values` is null. Values of the columns
    in `secret` are not shown.
    """
    for name, dtype in config["columns"]:
        if name not in frame.columns:
            raise pl.exceptions.ColumnNotFoundError(name)
        made = _cast(frame, name, dtype, config.get("format"))
        bad = lost(frame[name], made)
        if config["bad_values"] == "error" and bad.any():
            examples = shown(frame[name], bad, hidden=name in config.get("secret", ()))
            message = f"column `{name}` has values that are no `{dtype}`: {examples}"
            raise WorkError("MLC877", message, help="`bad_values: null` makes them missing, and counts them")
        frame = frame.with_columns(made)
    return frame


def _cast(frame: pl.DataFrame, name: str, dtype: str, format: str | None) -> pl.Series:
    """A date is the calendar day in UTC; reading refuses that, as nobody asked for it there."""
    if isinstance(frame.schema[name], pl.Datetime) and dtype == "date":
        return frame[name].dt.date()
    return convert(frame, name, dtype, format)
