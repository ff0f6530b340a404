"""A figure over the rows of a key that became known within a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from mlcycle.kinds.features.aggregation.figures import decayed_mean, reduced
from mlcycle.kinds.features.aggregation.ranges import reduce_ranges
from mlcycle.kinds.features.events import AVAILABLE, by_availability

_VALUE = "value"
_LOW, _HIGH = "low", "high"
#: What is 0 where there is no value, and not null.
_COUNTS = ("count", "distinct_count")


def changes(
    frame: pl.DataFrame, config: Mapping[str, Any], keys: Sequence[str], timestamp: str | None
) -> pl.DataFrame:
    """`function` over the values of `column` known at T, from each moment at which it may change.

    `window_seconds` w: of the rows that became known in (T - w, T], so a row that leaves the window is a
    change too. `rows` n: of the newest n. Neither: of all. Nulls are skipped; without a `column` rows are
    counted. Fewer than `min_rows` values give null, and so does no value at all, except for a count. `ewm`
    has a `half_life_seconds`, counted from when values became known.
    """
    column = config.get("column")
    value = pl.lit(1, dtype=pl.Int64) if column is None else pl.col(column)
    known = by_availability(frame, config, keys, timestamp, {_VALUE: value})
    moments = _moments(known, config, keys)
    figures = _figures(known, moments, config)
    return moments.select(*keys, AVAILABLE, figures.alias(config["output"]))


def _moments(known: pl.DataFrame, config: Mapping[str, Any], keys: Sequence[str]) -> pl.DataFrame:
    """Each key's moments of change with the range of `known` that is in the window then.

    Counting who has entered by a moment gives the end of the range, who has left the start: `known` is sorted
    by key and availability, so the range is contiguous.
    """
    entered = known.select(*keys, AVAILABLE, entered=pl.lit(1), left=pl.lit(0))
    events = [entered]
    if "window_seconds" in config:
        leaves = pl.col(AVAILABLE) + pl.duration(seconds=config["window_seconds"])
        events.append(known.select(*keys, leaves.alias(AVAILABLE), entered=pl.lit(0), left=pl.lit(1)))
    totals = pl.concat(events).group_by(*keys, AVAILABLE).sum().sort(*keys, AVAILABLE)
    ends = totals.with_columns(high=pl.col("entered").cum_sum())
    first = (pl.col("high") - pl.col("entered")).first().over(keys)
    low = first + pl.col("left").cum_sum().over(keys)
    if "rows" in config:
        low = pl.max_horizontal(first, pl.col("high") - config["rows"])
    return ends.select(*keys, AVAILABLE, low.cast(pl.Int64).alias(_LOW), pl.col(_HIGH).cast(pl.Int64))


def _figures(known: pl.DataFrame, moments: pl.DataFrame, config: Mapping[str, Any]) -> pl.Series:
    low, high = moments.get_column(_LOW).to_numpy(), moments.get_column(_HIGH).to_numpy()
    values = known.get_column(_VALUE)
    if values.dtype == pl.Boolean:
        values = values.cast(pl.Int64)
    function = config["function"]
    present = values.is_not_null().cast(pl.Int64).to_numpy()
    count = reduce_ranges(present, low, high, np.add, 0)
    if function == "count":
        figure = pl.Series(count)
    elif function == "ewm":
        seconds = known.get_column(AVAILABLE).dt.epoch("us").to_numpy() / 1e6
        figure = pl.Series(decayed_mean(values, seconds, config["half_life_seconds"], low, high))
    else:
        figure = reduced(values, low, high, count, function)
    enough = count >= max(config.get("min_rows", 1), int(function not in _COUNTS))
    return pl.select(pl.when(pl.Series(enough)).then(figure)).to_series()
