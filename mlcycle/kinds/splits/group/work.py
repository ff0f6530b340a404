"""Split so that no group has rows on two sides, and sides have the shares of rows that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.splits.points import of_groups, sides


def assign(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.Series:
    """The side of each row of `dataset`, by its columns `by.<c>`.

    Groups are put in the order of their hash, and a group falls where its middle row does.
    config: `by`, `train`, `validation`, `test` (shares of rows) and `seed`.
    """
    middle = (pl.col("rows").cum_sum() - pl.col("rows") / 2) / pl.col("rows").sum()
    groups = of_groups(dataset, config["by"], config["seed"]).with_columns(sides(middle, config))
    names = [f"by.{name}" for name in config["by"]]
    joined = dataset.select(names).join(groups, on=names, how="left", nulls_equal=True, maintain_order="left")
    return joined["side"]
