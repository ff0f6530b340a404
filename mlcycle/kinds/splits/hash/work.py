"""Split by a hash of columns: equal values share a side, today and later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.splits.points import of_groups, sides


def assign(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.Series:
    """The side of each row of `dataset`, by the hash of its columns `by.<c>`.

    config: `by`, `train`, `validation`, `test` (shares of values) and `seed`.
    """
    groups = of_groups(dataset, config["by"], config["seed"]).with_columns(sides(pl.col("point"), config))
    names = [f"by.{name}" for name in config["by"]]
    joined = dataset.select(names).join(groups, on=names, how="left", nulls_equal=True, maintain_order="left")
    return joined["side"]
