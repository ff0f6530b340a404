"""The rows of a dataset by the side that the split gave them."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mlcycle.kinds.preprocess.inputs import Inputs, Layout
from mlcycle.task import Input, WorkError


def side_rows(dataset: pl.DataFrame, split: pl.DataFrame, side: str) -> pl.DataFrame:
    """The rows of one side, in the dataset's order (event time, then key)."""
    chosen = split.filter(pl.col("side") == side).select("row_id")
    return dataset.join(chosen, on="row_id", how="semi").sort("row_id")


def read(dataset: Input, split: Input) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The two frames of the nodes' folders."""
    return pl.read_parquet(dataset.path / "dataset.parquet"), pl.read_parquet(split.path / "split.parquet")


def check_rows(rows: pl.DataFrame, side: str, *, task: str, classes: int) -> None:
    """MLC858: a side has no rows. MLC859: a side lacks a class, so nothing can be learned on it."""
    if rows.height == 0:
        raise WorkError(
            "MLC858",
            f"the {side} side of the split has no rows with a label",
            help="widen its share or its dates; `split` shows how many rows each side has",
        )
    if task == "regression":
        return
    present = {int(value) for value in rows["label"].unique().to_list()}
    absent = [index for index in range(classes) if index not in present]
    if absent:
        raise WorkError(
            "MLC859",
            f"class {absent[0]} of {classes} is not among the {rows.height:,} {side} rows",
            help="widen the side, or check the label's expression",
        )


def check_values(rows: Inputs, columns: Layout) -> None:
    """MLC860: a feature is missing in every training row."""
    numeric = [
        n for i, n in enumerate(columns.numeric) if not (rows.numeric[:, i] == rows.numeric[:, i]).any()
    ]
    text = [n for i, n in enumerate(columns.text) if not (rows.text[:, i] != "").any()]
    if numeric or text:
        raise WorkError(
            "MLC860",
            f"`{(numeric + text)[0]}` is missing in every training row",
            help="check the join of its view (keys, ttl, dates), or leave the feature out",
        )


def weights(rows: pl.DataFrame) -> NDArray[np.float64] | None:
    """The dataset's column `weight`, None where it has none. MLC862: a weight is missing or below 0."""
    if "weight" not in rows.columns:
        return None
    found = rows["weight"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    unusable = int((~(found >= 0) | np.isinf(found)).sum())
    if unusable:
        raise WorkError(
            "MLC862",
            f"{unusable:,} rows have a sample weight that is missing, below 0 or infinite",
            help="derive a column that is 0 where a row is not to count",
        )
    return found


def constant(rows: Inputs, columns: Layout) -> tuple[str, ...]:
    """Features with one value in all training rows: legal, and worth a line."""
    numeric = [n for i, n in enumerate(columns.numeric) if (rows.numeric[:, i] == rows.numeric[0, i]).all()]
    text = [n for i, n in enumerate(columns.text) if (rows.text[:, i] == rows.text[0, i]).all()]
    return (*numeric, *text)
