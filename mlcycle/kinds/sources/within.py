"""Read one partition of a source: the rows whose event time lies in it, as they are found there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from mlcycle.graph.canonical import digest
from mlcycle.graph.node import Step
from mlcycle.kinds.sources.late import first_seen
from mlcycle.kinds.sources.reading import table
from mlcycle.task import Outcome, Task, WorkError

#: The rows of a partition, in the folder of its node.
ROWS = "rows.parquet"


def read(task: Task) -> Outcome:
    """Write the partition's rows, by their time and then as read; none is a result like any other.

    Where the source does not tell when a row was written, `first_seen` is added (`late.py`). Raises WorkError
    MLC906 for rows without a time, which are in no partition, and as reading the source does.
    """
    step = task.steps()[0]
    try:
        frame = _within(task, step)
    except WorkError as error:
        message = f"{task.node.config['partition']}: {error.message}"
        raise WorkError(error.code, message, step=error.step, help=error.help) from error
    asked = _digest(step)
    late = 0
    if task.node.config.get("first_seen"):
        frame, late = first_seen(frame, _before(task), task, same_question=_asked_before(task) == asked)
    frame.write_parquet(task.out / ROWS, compression="zstd", compression_level=1)
    open = task.now < datetime.fromisoformat(task.node.config["end"])
    gone = max(0, task.last.figures["rows"] - frame.height) if task.last is not None else 0
    told = {"late": late, "gone": gone}
    figures: dict[str, Any] = {"rows": frame.height} | {name: count for name, count in told.items() if count}
    return Outcome(
        figures=figures,
        key_figure=f"{frame.height:,} rows",
        record={"read_at": task.now.isoformat(), "open": open, "asked": asked},
    )


def _within(task: Task, step: Step) -> pl.DataFrame:
    """The rows in [start, end); what the source gives beyond that is left to its own partition."""
    config = task.node.config
    name, start, end = config["timestamp"], config["start"], config["end"]
    step = replace(step, config={**step.config, "within": [start, end]})
    frame = table(task, step, frozenset(config.get("secret", ())))
    moment = _moment(frame, name)
    timeless = int(frame.select(moment.is_null().sum()).item()) if frame.height else 0
    if timeless:
        rows = "1 row, which is" if timeless == 1 else f"{timeless:,} rows, which are"
        message = f"`{name}` is missing in {rows} in no partition"
        help = "leave such rows out of what is read, or read the source whole: without `partitions`"
        raise WorkError("MLC906", message, step="read", help=help)
    bounds = (datetime.fromisoformat(start), datetime.fromisoformat(end))
    inside = frame.filter(moment.is_between(*bounds, closed="left"))
    return inside.sort(name, maintain_order=True)


def _moment(frame: pl.DataFrame, name: str) -> pl.Expr:
    kind = frame.schema.get(name)
    if kind not in (pl.Date, pl.Datetime("us", "UTC")):
        found = "not there" if kind is None else f"of type {kind}"
        raise WorkError("MLC812", f"the timestamp `{name}` is {found}", step="read")
    return pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _before(task: Task) -> tuple[pl.DataFrame, datetime] | None:
    """The rows of the last reading, and when that was."""
    last = task.last
    if last is None or not last.whole or "read_at" not in last.record:
        return None
    return pl.read_parquet(last.path / ROWS), datetime.fromisoformat(last.record["read_at"])


def _asked_before(task: Task) -> str | None:
    return task.last.record.get("asked") if task.last is not None else None


def _digest(step: Step) -> str:
    return digest([step.work, dict(step.config)])[:16]
