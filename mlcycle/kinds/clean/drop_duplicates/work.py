"""Keep one row of those that agree in some columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The rows that stay, in their order; two nulls agree. `keep` is first, last or none of the equal."""
    return frame.unique(subset=list(config["columns"]), keep=config["keep"], maintain_order=True)
