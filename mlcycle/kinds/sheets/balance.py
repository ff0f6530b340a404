"""How many rows a dataset has of each label and of each group, on each side of the split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from mlcycle.emit.card import CardTable
from mlcycle.kinds.registration import tables
from mlcycle.kinds.sheets.measure import FEWEST, Measured
from mlcycle.kinds.sheets.personal import Personal
from mlcycle.kinds.sheets.words import number, share
from mlcycle.kinds.splits import folds
from mlcycle.kinds.splits.split import SIDES

_MOST = 30


def sides(dataset: Mapping[str, Any], split: Mapping[str, Any], personal: Personal) -> Iterator[CardTable]:
    """Rows and dates of each side, then of each fold. A time or a label that is personal is left out."""
    hidden = {"mean label"} if personal.about("label") else set()
    hidden |= {"from", "to", "held out from"} if personal.about("event_timestamp") else set()
    yield _without(replace(tables.sides(dataset, split), title="Sides of the split"), hidden)
    if split.get("folds"):
        found = folds.table(split["folds"])
        rows = tuple(tuple(map(tables.number, row)) for row in found.rows)
        yield _without(CardTable(title=found.title, columns=found.columns, rows=rows), hidden)


def _without(table: CardTable, hidden: set[str]) -> CardTable:
    kept = [i for i, name in enumerate(table.columns) if name not in hidden]
    rows = tuple(tuple(row[i] for i in kept) for row in table.rows)
    return replace(table, columns=tuple(table.columns[i] for i in kept), rows=rows)


def labels(rows: pl.DataFrame, classes: Sequence[Any], *, secret: bool) -> Iterator[CardTable]:
    """Rows of each class. rows: the dataset with `side`; classes: in the order of their indices."""
    if not classes or secret:
        return
    counted = rows.group_by("label", "side").len()
    lines = []
    for index, name in enumerate(classes):
        of_class = counted.filter(pl.col("label") == index)
        lines.append(
            (str(name).lower() if isinstance(name, bool) else str(name), *_counts(of_class, rows.height))
        )
    unlabelled = counted.filter(pl.col("label").is_null())
    if unlabelled.height:
        lines.append(("not known", *_counts(unlabelled, rows.height)))
    columns = ("label", "rows", "share", *SIDES)
    yield CardTable(title="Labels", columns=columns, rows=tuple(lines))


def groups(rows: pl.DataFrame, columns: Sequence[Measured], *, secret: bool) -> Iterator[CardTable]:
    """Rows of each value of the columns that are sensitive, or that gates and the split group by."""
    shown = [c for c in columns if c.shape in ("values", "numbers") and _grouped(c)]
    for column in shown:
        yield _groups(rows, column.name, secret)


def _grouped(column: Measured) -> bool:
    return column.name.startswith("by.") or bool(column.marks.get("sensitive"))


def _groups(rows: pl.DataFrame, name: str, secret: bool) -> CardTable:
    of = rows.with_columns(pl.col(name).cast(pl.String).alias("group"))
    sizes = of.group_by("group").len().sort(["len", "group"], descending=[True, False])
    named = sizes.filter((pl.col("len") >= FEWEST) & pl.col("group").is_not_null()).head(_MOST)["group"]
    kept = of.with_columns(pl.when(pl.col("group").is_in(named.implode())).then("group").alias("group"))
    lines = [_line(kept.filter(pl.col("group") == group), str(group), rows.height, secret) for group in named]
    rest = kept.filter(pl.col("group").is_null())
    if rest.height:
        lines.append(_line(rest, "all others, and not known", rows.height, secret))
    mean = () if secret else ("mean label",)
    return CardTable(
        title=f"Groups by {name.removeprefix('by.')}",
        columns=("group", "rows", "share", *SIDES, *mean),
        rows=tuple(lines),
        note=f"Groups of fewer than {FEWEST} rows are not named, and few are fewer than {FEWEST}.",
    )


def _line(group: pl.DataFrame, name: str, all_rows: int, secret: bool) -> tuple[str, ...]:
    """A group: its rows, by side without telling of fewer than `FEWEST`, and the mean label of as many."""
    total, part, *by_side = _counts(group.group_by("side").len(), all_rows)
    few = [str(n) for n in range(1, FEWEST)]
    counts = (total, part, *("few" if count in few else count for count in by_side))
    if secret:
        return (name, *counts)
    told = group["label"].drop_nulls().cast(pl.Float64)
    return (name, *counts, number(told.mean()) if len(told) >= FEWEST else "")


def _counts(counted: pl.DataFrame, all_rows: int) -> tuple[str, ...]:
    by_side = {side: int(counted.filter(pl.col("side") == side)["len"].sum()) for side in SIDES}
    total = int(counted["len"].sum())
    return f"{total:,}", share(total / all_rows), *(f"{by_side[side]:,}" for side in SIDES)
