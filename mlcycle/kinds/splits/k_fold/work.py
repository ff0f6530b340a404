"""Deal rows, or whole groups of them, into folds and a test side that no fold sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.splits.folds import fold_name
from mlcycle.kinds.splits.points import of_groups, of_rows, sides
from mlcycle.kinds.splits.strata import STRATUM, by_label

#: Parts into which a label of numbers is cut.
_BINS = 10


def assign(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """`side` of each row of `dataset`, and of each fold what it does with the row (`fold.<i>`).

    config: `folds`, `validation`, `test` (shares of rows), `seed`, `stratified`, and `by`? (columns
    `by.<c>`). A row has a position in [0, 1), as in the splits `random`, `stratified` and `group`. What lies
    before the test side is a circle: fold i holds out the i-th part of it, what follows stops early, the rest
    trains. So a fold parts what it learns from as the model itself does.
    """
    left = 1 - config["test"]
    shares = {"train": left - config["validation"], "validation": config["validation"]}
    rows = _positions(dataset, config).with_columns(sides(pl.col("position"), shares))
    return rows.select("side", *(_fold(number, config) for number in range(config["folds"])))


def _fold(number: int, config: Mapping[str, Any]) -> pl.Expr:
    """What a fold does with a row: held out from its part of the circle, stopped early by what follows."""
    folds, left = config["folds"], 1 - config["test"]
    place = pl.col("position") / left
    stops = config["validation"] / left * (1 - 1 / folds)
    return (
        pl.when(pl.col("side") == "test")
        .then(None)
        .when((place * folds).floor().clip(0, folds - 1) == number)
        .then(pl.lit("held_out"))
        .when((place - (number + 1) / folds) % 1.0 < stops)
        .then(pl.lit("validation"))
        .otherwise(pl.lit("train"))
        .alias(fold_name(number + 1))
    )


def _positions(dataset: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """`position` of each row in [0, 1): of a group all the same, within each stratum evenly spread."""
    if "by" not in config:
        units = pl.DataFrame({"point": of_rows(dataset, config["seed"])}).with_columns(rows=pl.lit(1))
        if not config["stratified"]:
            return units.select(position="point")
        return units.with_columns(by_label(dataset["label"], _BINS)).select(_placed([STRATUM]))
    names = [f"by.{name}" for name in config["by"]]
    groups = of_groups(dataset, config["by"], config["seed"])
    if config["stratified"]:
        labels = dataset.group_by(names).agg(_usual(dataset["label"].dtype))
        groups = groups.join(labels, on=names, how="left", nulls_equal=True, maintain_order="left")
        groups = groups.with_columns(by_label(groups["label"], _BINS))
    groups = groups.with_columns(_placed([STRATUM] if config["stratified"] else []))
    joined = dataset.select(names).join(groups, on=names, how="left", nulls_equal=True, maintain_order="left")
    return joined.select("position")


def _usual(label: pl.DataType) -> pl.Expr:
    """The mean label of a group, or its commonest class."""
    label_of = pl.col("label")
    return label_of.mean() if label.is_float() else label_of.mode().sort().first()


def _placed(strata: list[str]) -> pl.Expr:
    """Where the middle row of each unit falls among the rows of its stratum, by the order of the hash."""
    order = pl.struct("point", pl.int_range(pl.len()).alias("place"))
    middle = (pl.col("rows").sort_by(order).cum_sum() - pl.col("rows").sort_by(order) / 2) / pl.col(
        "rows"
    ).sum()
    back = order.rank("ordinal") - 1
    position = middle.gather(back)
    return (position.over(strata) if strata else position).alias("position")
