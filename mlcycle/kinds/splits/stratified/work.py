"""Split so that each side has the same mix of labels, or of groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.splits.points import of_rows, sides
from mlcycle.kinds.splits.strata import by_label


def assign(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.Series:
    """The side of each row of `dataset`: the shares are cut within each stratum, in the order of a hash.

    config: `train`, `validation`, `test` (shares), `seed`, `by`? (columns `by.<c>`; absent: the label) and
    `bins`, into which a label of many numbers is cut at its quantiles.
    """
    names = [f"by.{name}" for name in config.get("by", ())]
    strata = dataset.select(names) if names else by_label(dataset["label"], config["bins"]).to_frame()
    point = pl.Series("point", of_rows(dataset, config["seed"]))
    over = strata.columns
    rank = (pl.col("point").rank("ordinal").over(over) - 0.5) / pl.len().over(over)
    return strata.with_columns(point).select(sides(rank, config)).to_series()
