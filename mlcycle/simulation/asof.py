"""What a source's file held at an earlier moment: later rows and values are not there (the rules of time)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from mlcycle.graph import availability
from mlcycle.graph.column import NEVER, Column
from mlcycle.graph.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """When the rows and values of a table become known.

    timestamp: the column with a row's event time; created: the one with the time it was written, or None.
    late: column of the file -> microseconds after the event; needed: those without which a row would not be
        there, as its contract wants a value in them.
    """

    timestamp: str
    created: str | None = None
    late: Mapping[str, int] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()


def known(node: Node) -> Known | None:
    """When the rows of a source node become known; None for a source without a time, which always was there.

    A row is there from its event on, or with the first of its columns where all of them come later. What is
    marked as `never` a feature has no time of its own and stays.
    """
    timestamp = node.config.get("timestamp")
    if timestamp is None:
        return None
    delays: dict[str, int] = {}
    needed, filled = set(), _filled(node)
    for column in node.columns:
        if column.available_after == NEVER:
            continue
        name = _in_the_file(column)
        delay = round(availability.delay(column.available_after).total_seconds() * 1_000_000)
        delays[name] = min(delay, delays.get(name, delay))
        if delay and not column.nullable and column.name not in filled:
            needed.add(name)
    late = {name: delay for name, delay in delays.items() if delay}
    return Known(
        timestamp=timestamp,
        created=node.config.get("created_timestamp"),
        late=late,
        needed=frozenset(needed),
    )


def _in_the_file(column: Column) -> str:
    """What a column of the table is called in the file: cleaning may have renamed it."""
    names = {reference.column for reference in column.lineage}
    return names.pop() if len(names) == 1 else column.name


def _filled(node: Node) -> frozenset[str]:
    """Columns whose nulls cleaning fills: that they have a value says nothing of the row."""
    steps = (step for step in node.steps if step.kind == "fill_nulls")
    return frozenset(name for step in steps for name in step.config["columns"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """Which rows of a table are there at a moment (bool [rows]), and which of their values are not yet."""

    there: pl.Series
    unknown: Mapping[str, pl.Series]


def mask(table: pl.DataFrame, facts: Known, now: datetime) -> Mask:
    """The table's rows and values at `now`; `table` is the file as it is read, in the order of its rows.

    Columns that cleaning and deriving make are unknown where what they are made of is.
    """
    event = table[facts.timestamp]
    written = event if facts.created is None else table[facts.created]
    columns = [name for name in table.columns if name not in (facts.timestamp, facts.created)]
    earliest = min((facts.late.get(name, 0) for name in columns), default=0)
    there = _by(event, written, earliest, now)
    unknown = {}
    for name, delay in facts.late.items():
        if name in table.columns:
            arrived = _by(event, written, delay, now)
            unknown[name] = ~arrived
            there = there & arrived if name in facts.needed else there
    return Mask(there=there, unknown=unknown)


def _by(event: pl.Series, written: pl.Series, delay: int, now: datetime) -> pl.Series:
    """Whether what came `delay` after the event, or was written later still, is known at `now`."""
    frame = pl.DataFrame({"event": event, "written": written})
    moment = pl.max_horizontal(pl.col("event") + pl.duration(microseconds=delay), pl.col("written"))
    return frame.select(at=(moment <= now).fill_null(False))["at"]


def rewritten(raw: pl.DataFrame, found: Mask, missing: str | None = None) -> pl.DataFrame:
    """The table with only what is there; an unknown value becomes null, or `missing` in a column of text."""
    changed = raw.with_columns(
        pl.when(~unknown)
        .then(pl.col(name))
        .otherwise(pl.lit(missing if raw.schema[name] == pl.String else None))
        .alias(name)
        for name, unknown in found.unknown.items()
        if name in raw.columns
    )
    return changed.filter(found.there)
