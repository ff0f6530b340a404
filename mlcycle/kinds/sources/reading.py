"""Ask a source for its rows: all of them, or those that came since the last time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pkgutil import resolve_name
from typing import Any

import polars as pl

from mlcycle.graph.node import Step
from mlcycle.kinds.own import call, refused, takes
from mlcycle.kinds.sources.cleaning import work_of
from mlcycle.kinds.sources.declared import declared
from mlcycle.task import Task, WorkError

#: The rows as they were read, of a source that is added to: cleaning may have dropped some.
READ = "read.parquet"


def table(task: Task, step: Step, secret: frozenset[str]) -> pl.DataFrame:
    """The rows that the step reads, in our dtypes. Errors show neither secrets nor personal data."""
    if step.kind == "python":
        return _own(step, secret)
    config = {**task.fill(step.config), "secret": sorted(secret)}
    try:
        if "cursor" not in step.config:
            return _checked(work_of(step)(config, task.root))
        frame = _added_to(task, step, config)
    except WorkError as error:
        help = task.hide(error.help, step.config) if error.help is not None else None
        raise WorkError(
            error.code, task.hide(error.message, step.config), step=error.step, help=help
        ) from None
    frame.write_parquet(task.out / READ, compression="zstd", compression_level=1)
    return frame


def _added_to(task: Task, step: Step, config: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of the last time and those since; everything where there is no last time."""
    last = task.last
    if last is None or not last.continues or not (last.path / READ).is_file():
        return _checked(work_of(step)(config, task.root))
    module = step.work.partition(":")[0]
    return _checked(resolve_name(f"{module}:extend")(config, task.root, pl.read_parquet(last.path / READ)))


def _checked(frame: object) -> pl.DataFrame:
    assert isinstance(frame, pl.DataFrame)
    return frame


def _own(step: Step, secret: frozenset[str]) -> pl.DataFrame:
    """What the author's function returns for its `params`, and for a partition if it asks which."""
    within = step.config.get("within")
    named = dict(zip(("start", "end"), map(datetime.fromisoformat, within), strict=True)) if within else {}
    frame = call(step, dict(step.config.get("params", {})), **(named if takes(step, *named) else {}))
    if not isinstance(frame, pl.DataFrame):
        raise refused(step, f"returned {type(frame).__name__}, not a Polars DataFrame")
    return declared(frame, {**step.config, "secret": sorted(secret)})
