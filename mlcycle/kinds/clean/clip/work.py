"""Hold numbers between bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with the numbers of `columns` held between `min` and `max`; nulls stay."""
    bounds = config.get("min"), config.get("max")
    return frame.with_columns(pl.col(name).clip(*bounds) for name in config["columns"])
