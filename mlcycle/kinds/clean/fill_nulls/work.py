"""Put a value where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.clean.literals import literal


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with `value` for each null of `columns`."""
    return frame.with_columns(
        pl.col(name).fill_null(literal(config["value"], frame.schema[name])) for name in config["columns"]
    )
