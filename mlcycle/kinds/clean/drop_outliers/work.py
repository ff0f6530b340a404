"""Drop rows with numbers beyond bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The rows in which no number of `columns` is below `min` or above `max`."""
    stays = pl.lit(True)
    for name in config["columns"]:
        if "min" in config:
            stays &= (pl.col(name) >= config["min"]).fill_null(True)
        if "max" in config:
            stays &= (pl.col(name) <= config["max"]).fill_null(True)
    return frame.filter(stays)
