"""What fails in a table, for people: which rows, by which checks, with the values that are to blame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from mlcycle.task import Table, WorkError

_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """How rows are named in a table of failures: by `key`; values of `secret` columns are not shown."""

    key: tuple[str, ...] = ()
    secret: frozenset[str] = frozenset()


def failing(cells: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One row a failing row of the table: its `index`, and `checks`, what it fails by."""
    if not cells:
        return pl.DataFrame(schema={"index": pl.Int64, "checks": pl.String})
    column, check = pl.col("column").fill_null("rows"), pl.col("check").replace("not_nullable", "not null")
    named = pl.concat(
        each.select(
            pl.col("index").cast(pl.Int64),
            pl.concat_str(column, pl.lit(" "), check).alias("checks"),
        )
        for each in cells
    )
    by_row = named.drop_nulls("index").group_by("index").agg(pl.col("checks").unique(maintain_order=True))
    return by_row.with_columns(pl.col("checks").list.join("; ")).sort("index")


def refuse_broken(failures: pl.DataFrame) -> None:
    """A failure without a row is not the data's: a missing column, a check that fits no such type."""
    for failure in failures.filter(pl.col("index").is_null()).iter_rows(named=True):
        if failure["check"] == "column_in_dataframe":
            message = f"the contract names a column `{failure['failure_case']}`, which is not there"
            raise WorkError("MLC812", message, step="contract")
        if failure["column"] is not None:
            reason = str(failure["failure_case"]).split("\\n", 1)[0].split("\n", 1)[0]
            message = f"the check {failure['check']} of `{failure['column']}` cannot be computed: {reason}"
            raise WorkError("MLC818", message, step="contract")


def summary(failures: pl.DataFrame) -> str:
    """The first three kinds of failures, in a sentence."""
    kinds = failures.group_by("column", "check", maintain_order=True).agg(
        pl.len(), pl.col("index").has_nulls().alias("of_table")
    )
    found = [
        f"{_subject(row)} {_words(row['check'])} fails"
        + ("" if row["of_table"] else f" in {row['len']:,} rows")
        for row in kinds.iter_rows(named=True)
    ]
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(found[:3]) + more


def _subject(row: Mapping[str, Any]) -> str:
    if row["column"] is not None:
        return f"`{row['column']}`"
    return "the table:" if row["of_table"] else "rows:"


def _words(check: str) -> str:
    return {"not_nullable": "not null"}.get(check, check)


def as_table(frame: pl.DataFrame, failures: pl.DataFrame, rows: Rows) -> Table:
    """The first fifty failing cells, each with its row's number and key."""
    shown = failures.head(_SHOWN)
    key = [name for name in rows.key if name in frame.columns]
    lines = []
    for failure in shown.iter_rows(named=True):
        index = failure["index"]
        values = tuple("" if index is None else frame[name][index] for name in key)
        column = failure["column"] or ""
        value = failure["failure_case"] if column else ""
        cell = (column, _words(failure["check"]), "(not shown)" if column in rows.secret else value)
        lines.append((None if index is None else index + 1, *_hidden(key, values, rows), *cell))
    title = f"failing rows: {len(lines)} of {failures.height:,}"
    return Table(title=title, columns=("row", *key, "column", "check", "value"), rows=tuple(lines))


def _hidden(names: Sequence[str], values: Sequence[Any], rows: Rows) -> tuple[Any, ...]:
    return tuple("(not shown)" if n in rows.secret else str(v) for n, v in zip(names, values, strict=True))
