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
    found = _in_order(numbered.filter(pl.col(at).is_not_null()), at)
    for lookup in lookups:
        found = _look_up(found, at, lookup)
    if found.height < rows.height:
        found = pl.concat([found, numbered.filter(pl.col(at).is_null())], how="diagonal")
    return _in_order(found, _ROW).drop(_ROW)


def latest(table: pl.LazyFrame, keys: Sequence[str], event: str, created: str | None) -> pl.DataFrame:
    """The newest row of each key; of rows of the same moment the one created last."""
    order = [event] if created is None else [event, created]
    newest = table.sort(order, maintain_order=True).unique(
        subset=list(keys), keep="last", maintain_order=True
    )
    return newest.collect()


def _look_up(rows: pl.DataFrame, at: str, lookup: Lookup) -> pl.DataFrame:
    """`rows`, which are in the order of `at`, with the outputs."""
    found = rows.join_asof(
        _known(lookup),
        left_on=at,
        right_on=_FOUND,
        by=list(lookup.keys),
        coalesce=False,
        check_sortedness=False,
    )
    if lookup.ttl is not None:
        fresh = pl.col(at) - pl.col(_FOUND) <= lookup.ttl
        found = found.with_columns(pl.when(fresh).then(pl.col(name)) for name in lookup.outputs.values())
    return found.drop(_FOUND)


def _known(lookup: Lookup) -> pl.DataFrame:
    """The table under the rows' key names, its moments as `_FOUND`, oldest first."""
    order = [lookup.event] if lookup.created is None else [lookup.event, lookup.created]
    theirs = list(lookup.keys.values())
    wanted = list(dict.fromkeys([*theirs, *lookup.outputs, *order]))
    usable = lookup.table.select(wanted).drop_nulls([*theirs, lookup.event])
    table = _in_order(usable.collect(), *order)
    keys = (pl.col(theirs).alias(ours) for ours, theirs in lookup.keys.items())
    outputs = (pl.col(column).alias(name) for column, name in lookup.outputs.items())
    return table.select(*keys, pl.col(lookup.event).alias(_FOUND), *outputs)


def _in_order(table: pl.DataFrame, first: str, *then: str) -> pl.DataFrame:
    """`table` sorted, rows that are equal as they were. Looking is a hundredth of the work of sorting."""
    before = pl.col(first).shift(1)
    breaks = before > pl.col(first)
    for column in then:
        breaks |= (before == pl.col(first)) & (pl.col(column).shift(1) > pl.col(column)).fill_null(True)
    if table.select(breaks.any()).item():
        table = table.sort(first, *then, maintain_order=True)
    return table.with_columns(pl.col(first).set_sorted())
