"""A model's rows where no source has them as they are: a population, and labels made of later events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.training.later import Labels, labels, predicted_at
from mlcycle.kinds.training.population import members, moments
from mlcycle.task import Outcome, Task

_Config = Mapping[str, Any]


def make(task: Task) -> Outcome:
    """Write `data.parquet`: the rows, of a source or of a population, each with its label.

    A label is null where its window is not over as of `now` and of the newest event, and where nothing in it
    tells one. Rows of a population are in the order of moment and key. Equal input gives equal bytes.
    """
    config = task.node.config
    later = 0
    if "population" in config:
        times, later = moments(config["population"], task.now)
        source = pl.read_parquet(task.inputs["members"].path / "data.parquet")
        rows = members(source, config["population"], times, config["timestamp"])
    else:
        rows = pl.read_parquet(task.inputs["rows"].path / "data.parquet")
    task.progress("looking at what came later", 0.4)
    events = pl.read_parquet(task.inputs["events"].path / "data.parquet")
    at = rows.select(predicted_at(config)).to_series()
    found = labels(rows, at, events, config["label"], task.now)
    rows.with_columns(found.values).write_parquet(task.out / "data.parquet", compression="zstd")
    return _report(rows, found, config, later)


def _report(rows: pl.DataFrame, found: Labels, config: _Config, later: int) -> Outcome:
    unknown = int(found.values.is_null().sum())
    waiting = int(found.open.sum())
    figures = {
        "rows": rows.height,
        "labelled": rows.height - unknown,
        "window_not_over": waiting,
        "nothing_to_tell": unknown - waiting,
        "events_without_key_or_time": found.unjoined,
    }
    if "population" in config:
        as_of = rows.get_column(config["timestamp"])
        figures |= {
            "moments": as_of.n_unique(),
            "keys": rows.n_unique([key["name"] for key in config["population"]["keys"]]),
            "moments_to_come": later,
        }
    key_figure = f"{rows.height:,} rows, {waiting:,} of windows that are not over"
    return Outcome(figures=figures, key_figure=key_figure)
