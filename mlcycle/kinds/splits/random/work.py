"""Split by a hash of each row's key: a row keeps its side however the data grows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.splits.points import of_rows, sides


def assign(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.Series:
    """The side of each row of `dataset`, by its columns `key.<c>`.

    A source without a key has none: then by `request.<c>`, so that rows with the same inputs share a side.
    config: `train`, `validation`, `test` (shares) and `seed`.
    """
    point = pl.Series("point", of_rows(dataset, config["seed"]))
    return pl.select(sides(pl.lit(point), config)).to_series()
