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
from mlcycle.kinds.sources.failures import Rows
from mlcycle.kinds.sources.freshness import freshness
from mlcycle.kinds.sources.quarantine import separate, version_of
from mlcycle.kinds.sources.reading import table
from mlcycle.kinds.sources.row_checks import Around
from mlcycle.kinds.sources.sampling import sampled
from mlcycle.kinds.sources.snapshot import FILE
from mlcycle.kinds.sources.statistics import Earlier
from mlcycle.kinds.sources.union import assembled
from mlcycle.task import CheckResult, Outcome, Task, WorkError


def materialize(task: Task) -> Outcome:
    """Write `data.parquet`, its rows by timestamp and then as read; the same rows give the same bytes."""
    steps = {step.name: step for step in task.steps()}
    secret = _secret(task)
    if "snapshot" in task.inputs:
        return _pinned(task, steps.get("contract"), secret)
    read, frame, cleaned, beside = _made(task, steps, secret)
    task.progress("checking", None)
    judged = _judged(task, steps.get("contract"), frame, secret)
    frame, failing = separate(frame, judged, task.out)
    write(frame, task.out / FILE)
    beside |= {"quarantine": failing} if failing else {}
    return Outcome(
        data_version=version_of(task.out / FILE) if failing else None,
        figures=_figures(frame, read, task, cleaned) | beside,
        key_figure=f"{frame.height:,} rows",
        record=_record(task, judged),
        checks=(*_declared(task, judged), *_freshness(task, frame)),
        tables=tuple(table for done in cleaned for table in done.tables()),
    )


def _made(
    task: Task, steps: Mapping[str, Step], secret: frozenset[str]
) -> tuple[int, pl.DataFrame, list[Cleaned], dict[str, Any]]:
    """How many rows were read, the table before its contract, what cleaning did, and figures."""
    config = task.node.config
    task.progress("reading", None)
    reasons = task.node.documentation.get("cleaning", {})
    read, infinite = _finite(_rows(task, steps["read"], secret))
    frame = sampled(_in_order(read, config), task.sample)
    timeless = _timeless(frame, config, "read")
    cleaned: list[Cleaned] = []
    for step in (step for step in task.steps() if step.name.startswith("clean.")):
        frame, done = clean(frame, step, secret, reasons)
        frame = _in_order(frame, config, step.name)
        found = _timeless(frame, config, step.name)
        timeless = found and (timeless or found)
        cleaned.append(done)
    if timeless is not None:
        raise timeless
    if "derive" in steps:
        task.progress("deriving", None)
        frame = derive.apply(frame, steps["derive"].config)
    return read.height, frame, cleaned, {"infinite": infinite} if infinite else {}


def _rows(task: Task, step: Step, secret: frozenset[str]) -> pl.DataFrame:
    """What the source has: asked for now, or gathered by partitions before."""
    gathered = task.inputs.get("partitions")
    return table(task, step, secret) if gathered is None else assembled(gathered)


def _pinned(task: Task, step: Step | None, secret: frozenset[str]) -> Outcome:
    """The recorded table as it is: its contract is checked as it stands now, and no row leaves."""
    frame, figures = snapshot.kept(task)
    judged = _judged(task, step, frame, secret)
    return Outcome(
        data_version=task.inputs["snapshot"].data_version,
        figures=figures,
        key_figure=f"{frame.height:,} rows",
        record=_record(task, judged),
        checks=(*_declared(task, judged), *_freshness(task, frame)),
    )


def _secret(task: Task) -> frozenset[str]:
    """The columns with personal data, also those that cleaning renames or leaves out."""
    there = (column.name for column in task.node.columns if column.pii)
    return frozenset({*there, *task.node.config.get("secret", ())})


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
    """Sorted by timestamp, rows without one last, ties as read."""
    frame = frame.with_columns(_as_timestamp(frame, name, step) for name in _times(config))
    timestamp = config.get("timestamp")
    return frame if timestamp is None else frame.sort(timestamp, maintain_order=True, nulls_last=True)


def _timeless(frame: pl.DataFrame, config: Mapping[str, Any], step: str) -> WorkError | None:
    """The error of rows without a time, which belong nowhere, unless a later step drops them."""
    for name in _times(config):
        missing = frame[name].null_count()
        if missing:
            message = f"`{name}` is missing in {missing:,} of {frame.height:,} rows"
            help = (
                f"every row needs its time: `{{kind: drop_nulls, columns: [{name}]}}` in `clean` drops such"
            )
            return WorkError("MLC815", message, step=step, help=help)
    return None


def _times(config: Mapping[str, Any]) -> list[str]:
    return [config[key] for key in ("timestamp", "created_timestamp") if config.get(key) is not None]


def _as_timestamp(frame: pl.DataFrame, name: str, step: str) -> pl.Expr:
    kind = frame.schema.get(name)
    if kind == pl.Date:
        return pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if kind == pl.Datetime("us", "UTC"):
        return pl.col(name)
    found = "not there" if kind is None else f"of type {kind}"
    raise WorkError("MLC812", f"the timestamp `{name}` is {found}", step=step)


def _judged(task: Task, step: Step | None, frame: pl.DataFrame, secret: frozenset[str]) -> contract.Judged:
    """What the contract says; nothing where there is none."""
    if step is None:
        return contract.Judged(results=())
    rows = Rows(key=_key(task.node.config, step.config), secret=secret)
    tables = {
        role.removeprefix("source:"): found.path / FILE
        for role, found in task.inputs.items()
        if role.startswith("source:")
    }
    return contract.judge(frame, step.config, rows, Around(tables=tables, earlier=_earlier(task)))


def _earlier(task: Task) -> Earlier:
    """The last version that kept the contract; a sample says nothing of the whole, nor of another sample."""
    found = task.last.record.get("accepted", {}) if task.last is not None else {}
    return Earlier(figures=found.get("figures", {}) if found.get("sample") == task.sample else {})


def _record(task: Task, judged: contract.Judged) -> dict[str, Any]:
    """What the next version is compared with: this one, or the last that kept the contract."""
    if not judged.figures:
        return {}
    if any(result.blocks for result in judged.results):
        return {} if task.last is None else dict(task.last.record)
    return {"accepted": {"sample": task.sample, "figures": dict(judged.figures)}}


def _declared(task: Task, judged: contract.Judged) -> Iterator[CheckResult]:
    declared = {check.name for check in task.node.checks}
    yield from (result for result in judged.results if result.name in declared)


def _freshness(task: Task, frame: pl.DataFrame) -> Iterator[CheckResult]:
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
