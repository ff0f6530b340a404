"""Rows that arrive late, where nothing tells when they were written: known from when they were first seen.

A row is late if an earlier reading of its partition, made at or after the row's event time, did not have it.
Its `first_seen` is the time of the reading that found it; that of any other row is its event time, which
changes nothing about when it is known. A value that was missing and is declared to come later
(`available_after`) makes no other row of the one that waited for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from mlcycle.task import Task

FIRST_SEEN = "first_seen"
_TIME = pl.Datetime("us", "UTC")
_COUNT, _SEEN, _ROW, _WAS = "__mlcycle_count", "__mlcycle_seen", "__mlcycle_row", "__mlcycle_was_"


def first_seen(
    frame: pl.DataFrame, before: tuple[pl.DataFrame, datetime] | None, task: Task, *, same_question: bool
) -> tuple[pl.DataFrame, int]:
    """The rows with `first_seen`, and how many of them came late.

    before: the rows of the last reading with theirs, and when it was. same_question: whether it was read as
    this time. Rows are told apart by all their values; by the key, or by the columns that there were, where
    it was read otherwise: then rows that are new are not called late, as nobody had asked for them.
    """
    time = task.node.config["timestamp"]
    event = pl.col(time).cast(_TIME) if frame.schema[time] != pl.Date else _midnight(time)
    if before is None:
        return frame.with_columns(event.alias(FIRST_SEEN)), 0
    known, since = before
    on = _apart(frame, known, task.node.config.get("key", ()), same_question)
    if not on or FIRST_SEEN not in known.columns:
        return frame.with_columns(event.alias(FIRST_SEEN)), 0
    known = known.select(*on, pl.col(FIRST_SEEN).alias(_SEEN)).sort(_SEEN, maintain_order=True)
    numbered, others = frame.with_row_index(_ROW), known.with_row_index(_ROW)
    found = _paired(numbered, others, on)
    if same_question:
        awaited = [
            column.name for column in task.node.columns if column.available_after and column.name in on
        ]
        found = pl.concat([found, _completed(numbered, others, found, on, awaited)])
    made = numbered.join(found.select(_ROW, _SEEN), on=_ROW, how="left", maintain_order="left").drop(_ROW)
    late = pl.col(_SEEN).is_null() & (event <= since) if same_question else pl.lit(value=False)
    seen = pl.when(late).then(pl.max_horizontal(pl.lit(task.now, dtype=_TIME), event)).otherwise(event)
    made = made.with_columns(pl.coalesce(_SEEN, seen).alias(FIRST_SEEN)).drop(_SEEN)
    return made, int(made.select((pl.col(FIRST_SEEN) > event).sum()).item())


def _paired(rows: pl.DataFrame, known: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """Each row that was there before, with the one that it was: `_ROW`, `_SEEN`, `_WAS + _ROW` and, of the
    columns that they need not agree in, those of before as `_WAS + name`."""
    before = _numbered(known, on).rename(
        {name: _WAS + name for name in known.columns if name not in (*on, _SEEN)}
    )
    return _numbered(rows, on).join(before, on=[*on, _COUNT], how="inner", nulls_equal=True).drop(_COUNT)


def _completed(
    rows: pl.DataFrame, known: pl.DataFrame, paired: pl.DataFrame, on: Sequence[str], awaited: Sequence[str]
) -> pl.DataFrame:
    """As `_paired`, of rows that are left: those that have by now what one of before was waiting for."""
    left = rows.join(paired, on=_ROW, how="anti")
    waited = known.join(paired, left_on=_ROW, right_on=_WAS + _ROW, how="anti").filter(
        pl.any_horizontal(pl.lit(value=False), *(pl.col(name).is_null() for name in awaited))
    )
    fixed = [name for name in on if name not in awaited]
    if not fixed:
        return paired.clear()
    same = (pl.col(_WAS + name).is_null() | pl.col(name).eq_missing(pl.col(_WAS + name)) for name in awaited)
    found = _paired(left, waited, fixed).filter(pl.all_horizontal(pl.lit(value=True), *same))
    return found.select(paired.columns)


def _midnight(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _apart(frame: pl.DataFrame, known: pl.DataFrame, key: Sequence[str], same_question: bool) -> list[str]:
    """The columns by which a row is found again."""
    shared = [name for name in frame.columns if known.schema.get(name) == frame.schema[name]]
    if same_question:
        return shared if len(shared) == frame.width else []
    return list(key) if key and set(key) <= set(shared) else shared


def _numbered(frame: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """Rows that agree in `on`, counted, so that each finds one of its own."""
    return frame.with_columns(pl.int_range(pl.len()).over(on).alias(_COUNT))
