"""Rows that arrive late, where nothing tells when they were written: known from when they were first seen.

A row is late if an earlier reading of its partition, made at or after the row's event time, did not have it.
Its `first_seen` is the time of the reading that found it; that of any other row is its event time, which
changes nothing about when it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from mlcycle.task import Task

FIRST_SEEN = "first_seen"
_TIME = pl.Datetime("us", "UTC")
_COUNT, _SEEN = "__mlcycle_count", "__mlcycle_seen"


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
    found = _numbered(frame, on).join(
        _numbered(known.sort(FIRST_SEEN, maintain_order=True), on).select(
            *on, _COUNT, pl.col(FIRST_SEEN).alias(_SEEN)
        ),
        on=[*on, _COUNT],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    late = pl.col(_SEEN).is_null() & (event <= since) if same_question else pl.lit(value=False)
    seen = pl.when(late).then(pl.max_horizontal(pl.lit(task.now, dtype=_TIME), event)).otherwise(event)
    made = found.with_columns(pl.coalesce(_SEEN, seen).alias(FIRST_SEEN))
    count = int(made.select((pl.col(FIRST_SEEN) > event).sum()).item())
    return made.drop(_COUNT, _SEEN), count


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
