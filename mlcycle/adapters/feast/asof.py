"""Point-in-time joins on Polars frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

_ROW = "__row"
_FOUND = "__found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What to look up in one table.

    keys: column of the rows -> column of the table. outputs: column of the table -> name in the result.
    ttl: how long a value may be used; none is for ever. At exactly that age it still is.
    """

    table: pl.LazyFrame
    keys: Mapping[str, str]
    event: str
    created: str | None
    outputs: Mapping[str, str]
    ttl: timedelta | None


def join(rows: pl.DataFrame, at: str, lookups: Sequence[Lookup]) -> pl.DataFrame:
    """`rows`, in their order, with the outputs of each lookup as of the moment in column `at`.

    A row whose moment or key is null finds nothing.
    """
    numbered = rows.with_row_index(_ROW)
    for lookup in lookups:
        found = _look_up(numbered, at, lookup)
        numbered = numbered.join(found, on=_ROW, how="left", maintain_order="left")
    return numbered.drop(_ROW)


def latest(table: pl.LazyFrame, keys: Sequence[str], event: str, created: str | None) -> pl.DataFrame:
    """The newest row of each key; of rows of the same moment the one created last."""
    order = [event] if created is None else [event, created]
    newest = table.sort(order, maintain_order=True).unique(
        subset=list(keys), keep="last", maintain_order=True
    )
    return newest.collect()


def _look_up(numbered: pl.DataFrame, at: str, lookup: Lookup) -> pl.DataFrame:
    """`_ROW` and the outputs of the rows that find a value."""
    keys = list(lookup.keys)
    asked = numbered.select(_ROW, *keys, at).drop_nulls().sort(at)
    known = _known(lookup)
    found = asked.join_asof(
        known, left_on=at, right_on=_FOUND, by=keys, coalesce=False, check_sortedness=False
    )
    if lookup.ttl is not None:
        found = found.filter(pl.col(at) - pl.col(_FOUND) <= lookup.ttl)
    return found.select(_ROW, *lookup.outputs.values())


def _known(lookup: Lookup) -> pl.DataFrame:
    """The table under the rows' key names, its moments as `_FOUND`, oldest first."""
    order = [lookup.event] if lookup.created is None else [lookup.event, lookup.created]
    table = lookup.table.sort(order, maintain_order=True)
    keys = (pl.col(theirs).alias(ours) for ours, theirs in lookup.keys.items())
    outputs = (pl.col(column).alias(name) for column, name in lookup.outputs.items())
    return table.select(*keys, pl.col(lookup.event).alias(_FOUND), *outputs).collect()
