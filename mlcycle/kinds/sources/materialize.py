"""The table of a source: read, put in order of time, cleaned, derived from, checked, written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.graph.node import Step
from mlcycle.kinds.sources import contract, derive, snapshot
from mlcycle.kinds.sources.cleaning import Cleaned, clean
from mlcycle.kinds.sources.freshness import freshness
from mlcycle.kinds.sources.reading import table
from mlcycle.kinds.sources.sampling import sampled
from mlcycle.kinds.sources.snapshot import FILE
from mlcycle.task import CheckResult, Outcome, Table, Task, WorkError


def materialize(task: Task) -> Outcome:
    """Write `data.parquet`, its rows by timestamp and then as read; the same rows give the same bytes."""
    steps = {step.name: step for step in task.steps()}
    removed: tuple[Table, ...] = ()
    if "snapshot" in task.inputs:
        frame, figures = snapshot.kept(task)
    else:
        frame, figures, removed = _made(task, steps)
        write(frame, task.out / FILE)
    task.progress("checking", None)
    secret = frozenset(column.name for column in task.node.columns if column.pii)
    return Outcome(
        figures=figures,
        key_figure=f"{frame.height:,} rows",
        checks=tuple(_checks(task, steps.get("contract"), frame, secret)),
        tables=removed,
    )


def _made(task: Task, steps: Mapping[str, Step]) -> tuple[pl.DataFrame, Mapping[str, Any], tuple[Table, ...]]:
    """The table, what is to be said of how it was made, and rows that cleaning removed."""
    config = task.node.config
    task.progress("reading", None)
    secret = frozenset(column.name for column in task.node.columns if column.pii)
    read, infinite = _finite(table(task, steps["read"], secret))
    frame = sampled(_in_order(read, config), task.sample)
    cleaned: list[Cleaned] = []
    for step in (step for step in task.steps() if step.name.startswith("clean.")):
        frame, done = clean(frame, step, secret)
        frame = _in_order(frame, config, step.name)
        cleaned.append(done)
    if "derive" in steps:
        task.progress("deriving", None)
        frame = derive.apply(frame, steps["derive"].config)
    figures = _figures(frame, read.height, task, cleaned) | ({"infinite": infinite} if infinite else {})
    return frame, figures, tuple(done.removed for done in cleaned if done.removed is not None)


def write(frame: pl.DataFrame, path: Path) -> None:
    """With every option fixed: the file's sha256 is the data version."""
    frame.write_parquet(path, compression="zstd", compression_level=1, statistics=True, row_group_size=50_000)


def _finite(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """Infinities as missing, as expressions and models take them, and how many there were by column."""
    floats = [name for name, kind in frame.schema.items() if kind.is_float()]
    counts = {name: int(frame[name].is_infinite().sum()) for name in floats}
    found = {name: count for name, count in counts.items() if count}
    return frame.with_columns(pl.when(~pl.col(n).is_infinite()).then(n).alias(n) for n in found), found


def _in_order(frame: pl.DataFrame, config: Mapping[str, Any], step: str = "read") -> pl.DataFrame:
    """Sorted by timestamp, ties as read; a row without a time belongs nowhere, so it is an error."""
    for name in (config.get("timestamp"), config.get("created_timestamp")):
        if name is None:
            continue
        frame = frame.with_columns(_as_timestamp(frame, name, step))
        missing = frame[name].is_null()
        if missing.any():
            rows = ", ".join(f"{row + 1:,}" for row in missing.arg_true().head(3))
            message = f"`{name}` is missing in {missing.sum():,} of {frame.height:,} rows (first: row {rows})"
            help = "every row needs its time; drop such rows before, or name another column as `timestamp`"
            raise WorkError("MLC815", message, step=step, help=help)
    timestamp = config.get("timestamp")
    return frame if timestamp is None else frame.sort(timestamp, maintain_order=True)


def _as_timestamp(frame: pl.DataFrame, name: str, step: str) -> pl.Expr:
    kind = frame.schema.get(name)
    if kind == pl.Date:
        return pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if kind == pl.Datetime("us", "UTC"):
        return pl.col(name)
    found = "not there" if kind is None else f"of type {kind}"
    raise WorkError("MLC812", f"the timestamp `{name}` is {found}", step=step)


def _checks(
    task: Task, step: Step | None, frame: pl.DataFrame, secret: frozenset[str]
) -> Iterator[CheckResult]:
    declared = {check.name for check in task.node.checks}
    if step is not None:
        rows = contract.Rows(key=_key(task.node.config, step.config), secret=secret)
        tables = {
            role.removeprefix("source:"): found.path / FILE
            for role, found in task.inputs.items()
            if role.startswith("source:")
        }
        results = contract.validate(frame, step.config, rows, tables)
        yield from (result for result in results if result.name in declared)
    limits = task.node.config.get("freshness")
    if limits is not None:
        yield freshness(limits, _newest(frame, task.node.config), frame.height, task.now)


def _key(config: Mapping[str, Any], promised: Mapping[str, Any]) -> tuple[str, ...]:
    """What names a row to a person: its unique columns, or the time."""
    unique = tuple(name for name, column in promised["columns"].items() if column["unique"])
    timestamp = config.get("timestamp")
    return unique or (() if timestamp is None else (timestamp,))


def _newest(frame: pl.DataFrame, config: Mapping[str, Any]) -> datetime | None:
    name = config.get("timestamp")
    newest = frame[name].max() if name is not None else None
    return newest if isinstance(newest, datetime) else None


def _figures(frame: pl.DataFrame, rows_read: int, task: Task, cleaned: list[Cleaned]) -> dict[str, Any]:
    figures: dict[str, Any] = {"rows": frame.height, "rows_read": rows_read}
    if task.sample < 1:
        figures["sample"] = task.sample
    name = task.node.config.get("timestamp")
    if name is not None and frame.height:
        oldest, newest = frame[name].min(), _newest(frame, task.node.config)
        assert isinstance(oldest, datetime)
        assert newest is not None
        figures |= {"oldest": oldest.isoformat(), "newest": newest.isoformat()}
    figures["steps"] = [done.figures() for done in cleaned]
    nulls = {
        name: count for name, count in zip(frame.columns, frame.null_count().row(0), strict=True) if count
    }
    figures["nulls"] = nulls
    return figures
