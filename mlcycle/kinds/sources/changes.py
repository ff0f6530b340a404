"""Which values a cleaning step changed: counted by column, with examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mlcycle.task import Table

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Column -> number of values.

    other: those that are another value of the same type. lost: those that are missing now. filled: those
    that were missing.
    """

    other: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    filled: Mapping[str, int] = field(default_factory=dict)
    table: Table | None = None


def changed(before: pl.DataFrame, after: pl.DataFrame, kind: str, secret: frozenset[str]) -> Changes:
    """What became of the values of columns that have the same name before and after; no row may have left.

    Rows that left are told elsewhere: steps drop rows or change values. Values of another type than before
    are others only where they are missing now, or were.
    """
    if before.height != after.height:
        return Changes()
    shared = [name for name in after.columns if name in before.columns]
    differ = {name: _differ(before[name], after[name]) for name in shared}
    found = {name: where for name, where in differ.items() if where.any()}
    lost, filled, other = {}, {}, {}
    for name, where in found.items():
        lost[name] = int((where & after[name].is_null()).sum())
        filled[name] = int((where & before[name].is_null()).sum())
        other[name] = int(where.sum()) - lost[name] - filled[name]
    rows = tuple(_examples(before, after, found, secret))
    count = sum(int(where.sum()) for where in found.values())
    title = f"{kind} changed {count:,} values: {len(rows)} of them"
    table = Table(title=title, columns=("row", "column", "before", "after"), rows=rows) if rows else None
    return Changes(other=_some(other), lost=_some(lost), filled=_some(filled), table=table)


def _differ(before: pl.Series, after: pl.Series) -> pl.Series:
    if before.dtype != after.dtype:
        return before.is_null() != after.is_null()
    return before.ne_missing(after)


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _examples(
    before: pl.DataFrame, after: pl.DataFrame, found: Mapping[str, pl.Series], secret: frozenset[str]
) -> Iterator[tuple[Any, ...]]:
    """The first changed values of each column, as many of each as there is room for."""
    for name, where in found.items():
        for row in where.arg_true().head(max(_SHOWN // len(found), 1)).to_list():
            values = (
                ("(not shown)",) * 2
                if name in secret
                else (_text(before[name][row]), _text(after[name][row]))
            )
            yield (row + 1, name, *values)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
