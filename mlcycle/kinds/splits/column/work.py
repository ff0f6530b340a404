"""Split as a column of the data says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

UNUSED = "unused"


def assign(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.Series:
    """The side of each row of `dataset`, by its column `by.<column>`; other values, and null, are `unused`.

    config: `column`; `train`, `validation`, `test`: the values of each side, as text.
    """
    value = pl.col(f"by.{config['column']}").cast(pl.String)
    side = pl.lit(UNUSED)
    for name in ("train", "validation", "test"):
        side = pl.when(value.is_in(config[name])).then(pl.lit(name)).otherwise(side)
    return dataset.select(side.alias("side")).to_series()
