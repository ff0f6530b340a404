"""Give values other values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.clean.literals import literal
from mlcycle.kinds.clean.values import Scalar, dtype_of, fits, read
from mlcycle.kinds.sources import arrays
from mlcycle.kinds.sources.conform import shown
from mlcycle.task import WorkError


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with each `[old, new]` of `values` replaced in `column`; nulls stay.

    Raises WorkError MLC878 for a value that is not listed, where `others` is error.
    """
    name = config["column"]
    if name not in frame.columns:
        raise pl.exceptions.ColumnNotFoundError(name)
    before = arrays.dtype_of(frame.schema[name])
    new = [value for _, value in config["values"] if value is not None]
    stays = all(fits(value, before) for value in new)
    kind = arrays.polars_type(before if stays else dtype_of(tuple(new)))
    keys = pl.Series([_key(old, before) for old, _ in config["values"]], dtype=frame.schema[name])
    values = pl.concat([pl.select(literal(value, kind)).to_series() for _, value in config["values"]])
    unlisted = frame[name].is_not_null() & ~frame[name].is_in(keys.implode())
    if config["others"] == "error" and unlisted.any():
        examples = shown(frame[name], unlisted, hidden=name in config.get("secret", ()))
        help = "list them, or say what becomes of them: `others: keep` or `others: null`"
        raise WorkError("MLC878", f"`{name}` has values that are not listed: {examples}", help=help)
    others = pl.col(name) if config["others"] == "keep" else None
    made = pl.col(name).replace_strict(keys, values, default=others, return_dtype=kind)
    return frame.with_columns(made)


def _key(text: str, dtype: str) -> Scalar | Any:
    value = read(text, dtype)  # type: ignore[arg-type]
    return pl.select(literal(value, arrays.polars_type(dtype))).item()
