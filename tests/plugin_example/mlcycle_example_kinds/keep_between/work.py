"""The work of `keep_between`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of `frame` whose value is between the bounds."""
    return frame.filter(pl.col(config["column"]).is_between(config["min"], config["max"]))
