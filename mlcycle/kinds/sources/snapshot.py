"""A table that was recorded, in place of one that is read."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.sources.arrays import dtype_of
from mlcycle.task import Task, WorkError

#: The table of a source, in the folder of its node.
FILE = "data.parquet"


def kept(task: Task) -> tuple[pl.DataFrame, Mapping[str, Any]]:
    """Put the files of the pinned snapshot in place; returns its table and what was said of it.

    Raises WorkError MLC843 where it lacks a column that the spec was checked with.
    """
    pinned = task.inputs["snapshot"]
    frame = pl.read_parquet(pinned.path / FILE)
    for column in task.node.columns:
        found = dtype_of(frame.schema[column.name]) if column.name in frame.columns else "not there"
        if column.dtype != "unknown" and found != column.dtype:
            version = pinned.data_version[:12]
            message = f"`{column.name}` is {column.dtype} now; in snapshot `{version}` it is {found}"
            help = "pin a snapshot that has what the source has now, or take the pin out"
            raise WorkError("MLC843", message, help=help)
    for file in pinned.path.iterdir():
        shutil.copyfile(file, task.out / file.name)
    return frame, dict(pinned.figures)
