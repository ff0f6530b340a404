"""Give columns other names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with each `[old, new]` of `columns` renamed, all at once, so that two may swap names."""
    return frame.rename(dict(config["columns"]))
