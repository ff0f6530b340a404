"""Folds in time: what each learns from was known before the first row that it is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from mlcycle.kinds.splits.folds import fold_name
from mlcycle.kinds.splits.moments import Moments, moments


def assign(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """`side` of each row of `dataset`, and of each fold what it does with the row (`fold.<i>`).

    config: `folds`, `validation`, `test` (shares of rows), `window_seconds`?, and `gap_seconds`,
    `gap_ends_at`? and `gap_begins_at`? as for a split by `time`. The test side and each held-out part of the
    rows before it are cut off by one rule, so that a fold does what the model does. Rows of equal time stay
    together.
    """
    of = moments(dataset, config)
    at, ordered = pl.col("event_timestamp"), of.events.sort()
    test = ordered[min(round((1 - config["test"]) * len(ordered)), len(ordered) - 1)]
    usable = dataset.filter(at < test, ~of.late(test))["event_timestamp"].sort()
    parts = config["folds"] + 1
    places = [round(len(usable) * part / parts) for part in range(1, parts)]
    starts = [usable[place] if place < len(usable) else test for place in places]
    folds = [
        pl.when((at < end) & ~of.late(test))
        .then(_cut(of, start, config, "held_out", before=None))
        .alias(fold_name(number))
        for number, (start, end) in enumerate(pairwise((*starts, test)), 1)
    ]
    return dataset.select(_cut(of, test, config, "test", before="unused").alias("side"), *folds)


def _cut(
    of: Moments, start: datetime, config: Mapping[str, Any], judged: str, *, before: str | None
) -> pl.Expr:
    """The side of each row where what begins at `start` is judged; `before` the window none."""
    begin = _begin(of, start, config)
    learned = of.events.filter((of.events >= begin) & (of.events < start)).sort()
    validation = start
    if len(learned):
        kept = 1 - config["validation"] / (1 - config["test"])
        validation = learned[min(round(kept * len(learned)), len(learned) - 1)] if kept < 1 else start
    at = pl.col("event_timestamp")
    return (
        pl.when(at >= start)
        .then(pl.lit(judged))
        .when(at < begin)
        .then(pl.lit(before) if before else None)
        .when(of.late(start))
        .then(pl.lit("gap"))
        .when(at >= validation)
        .then(pl.lit("validation"))
        .when(of.late(validation))
        .then(pl.lit("gap"))
        .otherwise(pl.lit("train"))
    )


def _begin(of: Moments, start: datetime, config: Mapping[str, Any]) -> datetime:
    """Where the window of what is learned from begins."""
    first: Any = of.events.min()
    return start - timedelta(seconds=config["window_seconds"]) if "window_seconds" in config else first
