"""A table as it was read, made into our dtypes: int64, float64, bool, string, timestamp (UTC), date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import polars as pl

from mlcycle.kinds.sources.arrays import dtype_of, polars_type
from mlcycle.kinds.sources.parsing import parsed
from mlcycle.task import WorkError

_SHOWN = 3


def conform(
    frame: pl.DataFrame, config: Mapping[str, Any], *, first_row: int = 1, step: str = "read"
) -> pl.DataFrame:
    """The frame with every column of `config["columns"]` in its dtype; other columns in the nearest of ours.

    first_row: the number that errors give the first row; values of columns in `config["secret"]` are not
    shown in them. Raises WorkError for a column that is not there and
    for values that are none of their dtype, with the first of them and their rows.
    """
    wanted = {column["name"]: column["dtype"] for column in config["columns"]}
    formats = {column["name"]: column.get("format") for column in config["columns"]}
    if "timestamp" in config:
        formats[config["timestamp"]] = config.get("timestamp_format")
    refuse_missing(wanted, frame.columns, step)
    frame = _without_null_texts(frame, config.get("null_values") or ())
    for name in frame.columns:
        found = dtype_of(frame.schema[name])
        target = wanted.get(name, found)
        if target == "unknown":
            continue
        format = formats.get(name)
        made = convert(frame, name, target, format)
        bad = lost(frame[name], made)
        if bad.any():
            examples = shown(frame[name], bad, first_row, hidden=name in config.get("secret", ()))
            raise _none_of_the_dtype(name, examples, target, format, step)
        frame = frame.with_columns(made)
    return frame


def convert(frame: pl.DataFrame, name: str, target: str, format: str | None = None) -> pl.Series:
    """The column in our dtype `target`; null where a value is none of it. `format` is for texts of times."""
    kind = frame.schema[name]
    return frame.select(_converted(kind, name, dtype_of(kind), target, format)).to_series()


def refuse_missing(wanted: Mapping[str, str], columns: Sequence[str], step: str) -> None:
    """Raise WorkError MLC812 for a wanted column that is not among `columns`."""
    missing = [name for name in wanted if name not in columns]
    if not missing:
        return
    close = get_close_matches(missing[0], columns, n=1)
    help = f"did you mean `{close[0]}`?" if close else f"the file has {', '.join(columns[:30])}"
    names = ", ".join(f"`{name}`" for name in missing)
    raise WorkError("MLC812", f"there is no column {names}", step=step, help=help)


def _without_null_texts(frame: pl.DataFrame, null_values: Sequence[str]) -> pl.DataFrame:
    if not null_values:
        return frame
    missing = list(null_values)
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(
        pl.when(~pl.col(name).is_in(missing)).then(pl.col(name)).alias(name) for name in texts
    )


def _converted(kind: pl.DataType, name: str, found: str, target: str, format: str | None) -> pl.Expr:
    column = pl.col(name)
    if found == "string" and target != "string":
        return parsed(name, target, format).cast(polars_type(target)).alias(name)
    if isinstance(kind, pl.Datetime):
        column = column.dt.cast_time_unit("us")
        column = (
            column.dt.replace_time_zone("UTC")
            if kind.time_zone is None
            else column.dt.convert_time_zone("UTC")
        )
    if target == "float64":
        return column.cast(pl.Float64, strict=False).fill_nan(None).alias(name)
    if (found, target) == ("float64", "int64"):
        column = pl.when(column == column.floor()).then(column)
    if {found, target} == {"timestamp", "bool"} or (found, target) == ("timestamp", "date"):
        return pl.lit(None, dtype=polars_type(target)).repeat_by(pl.len()).explode().alias(name)
    return column.cast(polars_type(target), strict=False).alias(name)


def lost(before: pl.Series, after: pl.Series) -> pl.Series:
    """Where a value is not there any more, being none of the dtype; NaN is how files write a null."""
    there = before.is_not_null() & before.is_not_nan() if before.dtype.is_float() else before.is_not_null()
    return there & after.is_null()


def shown(column: pl.Series, bad: pl.Series, first_row: int = 1, *, hidden: bool = False) -> str:
    """The first of the values that `bad` marks, with their rows, for a sentence."""
    rows = bad.arg_true().head(_SHOWN).to_list()
    values = ("(not shown)" if hidden else repr(column[row]) for row in rows)
    told = ", ".join(f"{value} in row {row + first_row:,}" for value, row in zip(values, rows, strict=True))
    rest = int(bad.sum()) - len(rows)
    return told + (f" and {rest:,} more" if rest else "")


def _none_of_the_dtype(name: str, examples: str, target: str, format: str | None, step: str) -> WorkError:
    kind = f"`{target}`" if format is None else f"`{target}` written as {format!r}"
    message = f"column `{name}` has values that are no {kind}: {examples}"
    return WorkError("MLC813", message, step=step, help=_help(target, format))


def _help(target: str, format: str | None) -> str:
    if target == "timestamp" and format is None:
        return "times are read as ISO 8601 (2013-01-31T12:00:00Z); else declare `timestamp_format`"
    return "list what means a missing value under `null_values`, or declare the column's `dtype`"
