"""Labels of the three tasks."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from mlcycle.kinds.training.labels import encode
from mlcycle.task import WorkError


def test_true_and_false_become_one_and_zero() -> None:
    labels = encode("binary_classification", pl.Series("late", [True, None, False]))
    assert labels.values.to_list() == [1.0, None, 0.0]
    assert labels.values.dtype == pl.Float64
    assert labels.classes == (False, True)


@pytest.mark.parametrize(
    ("values", "classes", "index"),
    [
        (["spam", "ham", None, "ham"], ("ham", "spam"), [1, 0, None, 0]),
        ([3, 1, None, 2], (1, 2, 3), [2, 0, None, 1]),
        ([True, False, None], (False, True), [1, 0, None]),
    ],
)
def test_classes_are_numbered_in_their_own_order(
    values: list[Any], classes: tuple[Any, ...], index: list[int | None]
) -> None:
    labels = encode("multiclass_classification", pl.Series("kind", values))
    assert labels.classes == classes
    assert labels.values.to_list() == index
    assert labels.values.dtype == pl.Int64


def test_a_number_that_is_not_finite_is_unknown() -> None:
    labels = encode("regression", pl.Series("delay", [1.5, float("nan"), float("inf"), None]))
    assert labels.values.to_list() == [1.5, None, None, None]
    assert labels.classes == ()


@pytest.mark.parametrize(
    ("task", "values", "code"),
    [
        ("binary_classification", [0, 1, 2], "MLC832"),
        ("binary_classification", ["yes", "no"], "MLC832"),
        ("regression", ["1.5"], "MLC832"),
        ("multiclass_classification", [0.5, 1.5], "MLC832"),
        ("multiclass_classification", [date(2020, 1, 1), date(2020, 1, 2)], "MLC832"),
        ("multiclass_classification", ["spam", None, "spam"], "MLC833"),
        ("multiclass_classification", [None, None], "MLC833"),
    ],
)
def test_values_that_a_task_cannot_learn_are_refused(task: str, values: list[Any], code: str) -> None:
    with pytest.raises(WorkError) as refused:
        encode(task, pl.Series("label", values))
    assert refused.value.code == code
    assert "`label`" in refused.value.message
