"""The value of an earlier row of the same key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from mlcycle.kinds.features.events import AVAILABLE, by_availability, newest


def changes(
    frame: pl.DataFrame, config: Mapping[str, Any], keys: Sequence[str], timestamp: str | None
) -> pl.DataFrame:
    """`column` of the `rows`-th newest known row (1 is the newest), or of the newest row known
    `time_seconds` before T.

    Rows count in the order in which they became known, then of event time and row key. A null is a value
    like any other.
    """
    output, column = config["output"], pl.col(config["column"])
    known = by_availability(frame, config, keys, timestamp, {output: column})
    if "time_seconds" in config:
        later = pl.col(AVAILABLE) + pl.duration(seconds=config["time_seconds"])
        return newest(known, keys).with_columns(later)
    back = config.get("rows", 1) - 1
    return newest(known.with_columns(pl.col(output).shift(back).over(keys)), keys)
