"""Whether the online store answers as the table says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from mlcycle.kinds.features.table import EVENT
from mlcycle.ports import FeatureStore, ViewTable
from mlcycle.task import CheckResult, Table

CHECK = "online_equals_offline"
_SHOWN = 50
_NOT_SHOWN = "(not shown)"


def compare(
    store: FeatureStore,
    project: str,
    view: ViewTable,
    table: pl.DataFrame,
    now: datetime,
    secret: Sequence[str] = (),
) -> CheckResult:
    """Read every key of `table` online and compare each value with the table's as of `now`, exactly.

    A pushed value counts as the table's, unless that has one as new. Values of keys and features in `secret`
    are in no table of what differs.

    No key at all proves nothing: inconclusive.
    """
    keys = [name for name, _ in view.keys]
    features = [name for name, _ in view.features]
    pushed = store.pushed(project, view.name)
    expected = known_at(table, keys, features, now, view.ttl_seconds, pushed)
    found = store.online(project, {view.name: features}, expected.select(keys), now)
    found = found.rename({f"{view.name}__{name}": name for name in features})
    different = _differences(expected, found, keys, features)
    return _verdict(_hidden(different, keys, secret), keys, expected.height)


def known_at(
    table: pl.DataFrame,
    keys: Sequence[str],
    features: Sequence[str],
    now: datetime,
    ttl_seconds: int | None,
    pushed: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row for each key of `table`: its values as of `now`, null if there are none or they are too old.

    pushed: further rows, which hold whatever `now` is; where a row of the table is as new, that counts.

    Ages count from whole seconds, which is what online stores keep.
    """
    rows = table.filter(pl.col(EVENT) <= now).select(*keys, EVENT, *features)
    if pushed is not None:
        rows = pl.concat([pushed.select(rows.columns), rows])
        table = pl.concat([table.select(keys), pushed.select(keys)])
    newest = rows.sort(EVENT, maintain_order=True).unique(keys, keep="last", maintain_order=True)
    if ttl_seconds is not None:
        age = pl.lit(now) - pl.col(EVENT).dt.truncate("1s")
        newest = newest.filter(age <= timedelta(seconds=ttl_seconds))
    everyone = table.select(keys).unique().sort(keys)
    return everyone.join(newest.select(*keys, *features), on=list(keys), how="left", maintain_order="left")


def _differences(
    expected: pl.DataFrame, found: pl.DataFrame, keys: Sequence[str], features: Sequence[str]
) -> list[tuple[Any, ...]]:
    """(key..., feature, offline value, online value) of each value that differs."""
    rows: list[tuple[Any, ...]] = []
    for feature in features:
        both = expected.select(*keys, pl.lit(feature).alias("__feature"), pl.col(feature).alias("__offline"))
        both = both.with_columns(found.get_column(feature).alias("__online"))
        rows += both.filter(pl.col("__offline").ne_missing(pl.col("__online"))).rows()
    return rows


def _hidden(
    different: Sequence[tuple[Any, ...]], keys: Sequence[str], secret: Sequence[str]
) -> list[tuple[Any, ...]]:
    def row(values: tuple[Any, ...]) -> tuple[Any, ...]:
        *held, feature, offline, there = values
        shown = [_NOT_SHOWN if name in secret else value for name, value in zip(keys, held, strict=True)]
        both = (offline, there) if feature not in secret else (_NOT_SHOWN, _NOT_SHOWN)
        return (*shown, feature, *both)

    return [row(values) for values in different]


def _verdict(different: Sequence[tuple[Any, ...]], keys: Sequence[str], read: int) -> CheckResult:
    columns = (*keys, "feature", "offline", "online")
    table = Table(title="Values that differ", columns=columns, rows=tuple(different[:_SHOWN]))
    if read == 0:
        message = "the view has no key, so there is nothing to compare"
    elif different:
        message = f"{len(different):,} values read online differ from the table's, of {read:,} keys"
    else:
        message = f"all {read:,} keys read online have the table's values"
    return CheckResult(
        name=CHECK,
        verdict="inconclusive" if read == 0 else "fail" if different else "pass",
        message=message,
        figure=float(len(different)),
        limit="0",
        rows=read,
        table=table if different else None,
    )
