"""Labels as a model learns them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from mlcycle.task import WorkError


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """values: float64 0 or 1, int64 class index, or float64; null where unknown.

    classes: what the label says for each index; none for a regression.
    """

    values: pl.Series
    classes: tuple[Any, ...] = ()


def encode(task: str, column: pl.Series) -> Labels:
    """The label column for a task.

    Raises WorkError MLC832 for values that the task has no meaning for, MLC833 for fewer than two classes.
    """
    if task == "regression":
        return Labels(values=_number(column, task))
    if task == "binary_classification":
        return Labels(values=_binary(column), classes=(False, True))
    return _multiclass(column)


def _number(column: pl.Series, task: str) -> pl.Series:
    if not column.dtype.is_numeric() and column.dtype != pl.Boolean:
        raise _meaningless(column, task, "numbers")
    numbers = column.cast(pl.Float64)
    return pl.select(pl.when(numbers.is_finite()).then(numbers)).to_series()


def _binary(column: pl.Series) -> pl.Series:
    numbers = _number(column, "binary_classification")
    if not numbers.drop_nulls().is_in([0.0, 1.0]).all():
        raise _meaningless(column, "binary_classification", "true and false, or 1 and 0")
    return numbers


def _multiclass(column: pl.Series) -> Labels:
    """Classes in their own order: alphabetical, by number, false before true."""
    classes = column.drop_nulls().unique().sort()
    if column.dtype.is_float() or column.dtype.is_temporal():
        raise _meaningless(column, "multiclass_classification", "text, whole numbers or true and false")
    if len(classes) < 2:
        raise WorkError(
            "MLC833",
            f"`{column.name}` has {len(classes)} class among its known values",
            help="a classification needs rows of at least two classes",
        )
    index = pl.DataFrame({"class": classes}).with_row_index("index")
    values = column.to_frame("class").join(index, on="class", how="left", maintain_order="left")
    return Labels(values=values.get_column("index").cast(pl.Int64), classes=tuple(classes.to_list()))


def _meaningless(column: pl.Series, task: str, wanted: str) -> WorkError:
    seen = ", ".join(repr(value) for value in column.drop_nulls().unique().sort().head(5).to_list())
    return WorkError(
        "MLC832",
        f"`{column.name}` has values that {task} cannot learn: {seen}",
        help=f"the label of this task is {wanted}; make one under `derive:`",
    )
