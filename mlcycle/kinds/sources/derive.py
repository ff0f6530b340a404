"""Derived columns: expressions of the allow list, computed by a DuckDB that reaches nothing but the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import polars as pl

from mlcycle.graph.expression import Expression, ExpressionError, parse
from mlcycle.kinds.sources.arrays import dtype_of, polars_type
from mlcycle.task import WorkError

_ROW = "row number of mlcycle"


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with `config["columns"]` added in order; each sees those before it.

    The SQL is checked again here, against the columns that are really there.
    """
    for column in config["columns"]:
        expression = checked(column["sql"], frame)
        values = computed(frame, expression)
        frame = frame.with_columns(_stored(values, column["name"], column["dtype"], expression.dtype))
    return frame


def checked(sql: str, frame: pl.DataFrame, step: str | None = "derive") -> Expression:
    """The expression over the frame's columns, or a WorkError in the step `step`."""
    names = {name: dtype_of(kind) for name, kind in frame.schema.items()}
    try:
        expression = parse(sql, names)
    except ExpressionError as error:
        message = f"`{sql}`: {error.message} (at character {error.offset + 1})"
        raise WorkError(error.code, message, step=step, help=error.help) from None
    if expression.duckdb is None:
        help = "make it a feature: {kind: is_holiday, ...}"
        raise WorkError("MLC817", f"`{sql}` calls a function that is for features only", step=step, help=help)
    _refuse_same_but_for_case(expression, step)
    return expression


def _refuse_same_but_for_case(expression: Expression, step: str | None) -> None:
    """DuckDB reads names without regard to case, so two such columns would be one."""
    seen: dict[str, str] = {}
    for name in sorted(expression.references):
        other = seen.setdefault(name.lower(), name)
        if other != name:
            message = f"`{other}` and `{name}` differ only in case"
            raise WorkError("MLC821", message, step=step, help="rename one of them in the data")


def computed(frame: pl.DataFrame, expression: Expression) -> pl.Series:
    """One value a row, in the frame's order."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_external_access = false")
        connection.register(
            "rows", frame.select(sorted(expression.references)).with_row_index(_ROW).to_arrow()
        )
        connection.execute("SET lock_configuration = true")
        found = connection.sql(f'SELECT "{_ROW}", {expression.duckdb} AS value FROM rows').to_arrow_table()
    table = pl.DataFrame(found)
    return table.sort(_ROW)["value"]


def _stored(values: pl.Series, name: str, dtype: str, found: str) -> pl.Series:
    if dtype == found or (dtype, found) == ("float64", "int64"):
        return values.cast(polars_type(dtype)).alias(name)
    message = f"`{name}` is declared {dtype}, but its expression gives {found}"
    raise WorkError("MLC817", message, step="derive", help=f"cast it: CAST(... AS {dtype})")
