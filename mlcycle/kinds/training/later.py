"""Labels made of later events: what happened to each row's entity in [T, T + window)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mlcycle.kinds.features.aggregation.figures import reduced
from mlcycle.kinds.features.aggregation.ranges import reduce_ranges
from mlcycle.kinds.sources.arrays import polars_type
from mlcycle.task import WorkError

_Config = Mapping[str, Any]
_Integers = npt.NDArray[np.int64]

#: What is 0, or false, where nothing happened.
_OF_NOTHING = ("count", "distinct_count", "sum", "any")
_AT, _EVENT, _ROW, _BEFORE, _VALUE = "at", "event", "row", "before", "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """values: one a row, null where there is none. open: whether a row's window, or the wait for what happens
    in it, is not over. unjoined: events without a key or a time, which are in no window."""

    values: pl.Series
    open: pl.Series
    unjoined: int


def predicted_at(config: _Config) -> pl.Expr:
    """T of each row (rule of time 2)."""
    if "predict_at" in config:
        return pl.col(config["predict_at"])
    return pl.col(config["timestamp"]) - timedelta(seconds=config.get("horizon_seconds", 0))


def labels(rows: pl.DataFrame, at: pl.Series, events: pl.DataFrame, config: _Config, now: datetime) -> Labels:
    """The label of each row, which is predicted at `at`.

    Nothing is guessed: a window is over only when `now` and the newest event are both beyond it. A row
    without a key has no events of its own, and no label. Raises WorkError MLC882 for keys that never meet.
    """
    keys, time = config["keys"], config["timestamp"]
    value = pl.col(config["column"]) if "column" in config else pl.lit(1, dtype=pl.Int64)
    _refuse_strangers(rows, events, keys)
    ordered = events.drop_nulls([*keys, time]).sort(*keys, time, *config["row_key"])
    happened = ordered.select(*keys, pl.col(time).alias(_AT), value.alias(_VALUE))
    asked = rows.select(*keys).with_columns(at.alias(_AT)).with_row_index(_ROW)
    window = timedelta(seconds=config["window_seconds"])
    low = _before(happened, asked, keys)
    high = _before(happened, asked.with_columns(pl.col(_AT) + window), keys)
    figures = _figures(happened.get_column(_VALUE), low, high, config)
    unfinished = _unfinished(at, window, events.get_column(time).max(), config, now)
    told = ~unfinished & rows.select(pl.all_horizontal(pl.col(keys).is_not_null())).to_series()
    known = pl.select(pl.when(told).then(figures.cast(polars_type(config["dtype"])))).to_series()
    unjoined = events.height - ordered.height
    return Labels(values=known.alias(config["name"]), open=unfinished, unjoined=unjoined)


def _refuse_strangers(rows: pl.DataFrame, events: pl.DataFrame, keys: list[str]) -> None:
    for key in keys:
        one, other = rows.schema[key], events.schema[key]
        if one != other:
            message = f"`{key}` is {one} in the rows and {other} in the events of the label: they never meet"
            raise WorkError("MLC882", message, help="give both the same type under `columns:`")


def _before(happened: pl.DataFrame, asked: pl.DataFrame, keys: list[str]) -> _Integers:
    """The place in `happened` (sorted by key and time) of each row's first event at or after its moment."""
    marks = pl.concat(
        [
            happened.select(*keys, _AT, pl.lit(1).alias(_EVENT), pl.lit(0, dtype=pl.UInt32).alias(_ROW)),
            asked.select(*keys, _AT, pl.lit(0).alias(_EVENT), _ROW),
        ]
    ).sort(*keys, _AT, _EVENT)
    places = marks.with_columns(pl.col(_EVENT).cum_sum().cast(pl.Int64).alias(_BEFORE))
    found = places.filter(pl.col(_EVENT) == 0).sort(_ROW).get_column(_BEFORE)
    return found.to_numpy()


def _figures(values: pl.Series, low: _Integers, high: _Integers, config: _Config) -> pl.Series:
    """The figure of each window. Events all of whose values are missing tell nothing, unlike no event."""
    function = config["function"]
    numbers = values.cast(pl.Int64) if values.dtype == pl.Boolean else values
    present = reduce_ranges(values.is_not_null().cast(pl.Int64).to_numpy(), low, high, np.add, 0)
    nothing = high == low
    counted = function == "count"
    figure = pl.Series(present) if counted else reduced(numbers, low, high, present, function)
    least = config.get("min_rows", 1)
    enough = present >= least
    if "min_rows" not in config:
        enough = enough | (nothing & (function in _OF_NOTHING)) | (function in ("count", "distinct_count"))
    empty = pl.lit(0).cast(figure.dtype) if function in _OF_NOTHING else None
    return pl.select(
        pl.when(pl.Series(enough)).then(pl.when(pl.Series(nothing)).then(empty).otherwise(figure))
    ).to_series()


def _unfinished(at: pl.Series, window: timedelta, newest: Any, config: _Config, now: datetime) -> pl.Series:
    """Whether the label of a prediction at `at` is not known yet, as far as clock and events reach."""
    until = min(now, newest) if isinstance(newest, datetime) else None
    wait = timedelta(seconds=config["available_after_seconds"])
    if until is None:
        return pl.repeat(True, len(at), eager=True)
    return (at + window + wait > until).fill_null(True)
