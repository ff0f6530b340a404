"""Split so that each side has the same mix of labels, or of groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.splits.points import of_rows, sides

_STRATUM = "stratum of mlcycle"


def assign(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.Series:
    """The side of each row of `dataset`: the shares are cut within each stratum, in the order of a hash.

    config: `train`, `validation`, `test` (shares), `seed`, `by`? (columns `by.<c>`; absent: the label) and
    `bins`, into which a label of many numbers is cut at its quantiles.
    """
    names = [f"by.{name}" for name in config.get("by", ())]
    strata = dataset.select(names) if names else _by_label(dataset["label"], config["bins"])
    point = pl.Series("point", of_rows(dataset, config["seed"]))
    over = strata.columns
    rank = (pl.col("point").rank("ordinal").over(over) - 0.5) / pl.len().over(over)
    return strata.with_columns(point).select(sides(rank, config)).to_series()


def _by_label(label: pl.Series, bins: int) -> pl.DataFrame:
    """A class each; a number has one of `bins` parts with about equally many rows."""
    if not label.dtype.is_float() or label.n_unique() <= 2:
        return pl.DataFrame({_STRATUM: label})
    part = (label.rank("average") - 0.5) / len(label) * bins
    return pl.DataFrame({_STRATUM: part.cast(pl.Int64)})
