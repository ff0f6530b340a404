"""Drop rows that lack a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The rows that have a value in every one of `columns`."""
    return frame.drop_nulls(subset=list(config["columns"]))
