"""Features that are columns of the source as they are: the newest known row of a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from mlcycle.kinds.features.events import by_availability, newest


def changes(
    frame: pl.DataFrame, config: Mapping[str, Any], keys: Sequence[str], timestamp: str | None
) -> pl.DataFrame:
    """The columns of `config["columns"]` from when each row became known.

    A row is taken whole: a null in the newest row is null, not the value of an older row.
    """
    values = {column: pl.col(column) for column in config["columns"]}
    return newest(by_availability(frame, config, keys, timestamp, values), keys)
