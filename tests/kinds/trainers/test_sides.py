from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mlcycle.kinds.preprocess.inputs import Inputs, Layout
from mlcycle.kinds.trainers.sides import check_rows, check_values, constant, side_rows, weights
from mlcycle.task import WorkError

pytestmark = pytest.mark.slow

LAYOUT = Layout(numeric=("v.a", "v.b"), text=("v.s",))


def inputs(numeric: list[list[float]], text: list[str]) -> Inputs:
    return Inputs(
        numeric=np.array(numeric, dtype=np.float32), text=np.array([[word] for word in text], dtype=object)
    )


def test_only_the_rows_of_the_side_come_in_the_datasets_order() -> None:
    dataset = pl.DataFrame({"row_id": [0, 1, 2, 3], "label": [0.0, 1.0, None, 1.0]})
    split = pl.DataFrame({"row_id": [3, 2, 1, 0], "side": ["train", "unlabelled", "gap", "train"]})
    assert side_rows(dataset, split, "train")["row_id"].to_list() == [0, 3]


def test_no_rows_is_an_error() -> None:
    with pytest.raises(WorkError, match="the train side of the split has no rows") as error:
        check_rows(pl.DataFrame({"label": []}), "train", task="regression", classes=0)
    assert error.value.code == "MLC858"


@pytest.mark.parametrize(
    ("task", "classes", "absent"), [("binary_classification", 2, 1), ("multiclass_classification", 3, 1)]
)
def test_an_absent_class_is_an_error(task: str, classes: int, absent: int) -> None:
    rows = pl.DataFrame({"label": [0.0, 0.0, 2.0 if classes == 3 else 0.0]})
    with pytest.raises(
        WorkError, match=f"class {absent} of {classes} is not among the 3 train rows"
    ) as error:
        check_rows(rows, "train", task=task, classes=classes)
    assert error.value.code == "MLC859"


@pytest.mark.parametrize(
    ("numeric", "text", "name"),
    [([[1, np.nan], [2, np.nan]], ["x", "y"], "v.b"), ([[1, 2], [2, 3]], ["", ""], "v.s")],
)
def test_a_feature_that_is_always_missing_is_an_error(
    numeric: list[list[float]], text: list[str], name: str
) -> None:
    with pytest.raises(WorkError, match=f"`{name}` is missing in every training row") as error:
        check_values(inputs(numeric, text), LAYOUT)
    assert error.value.code == "MLC860"


def test_weights_are_optional_and_must_be_usable() -> None:
    assert weights(pl.DataFrame({"row_id": [0]})) is None
    assert (weights(pl.DataFrame({"weight": [0, 2]})) == [0.0, 2.0]).all()
    with pytest.raises(WorkError, match="3 rows have a sample weight") as error:
        weights(pl.DataFrame({"weight": [1.0, None, -1.0, float("inf")]}))
    assert error.value.code == "MLC862"


def test_constant_features_are_found() -> None:
    assert constant(inputs([[1, 2], [1, 3]], ["x", "x"]), LAYOUT) == ("v.a", "v.s")
    assert constant(inputs([[1, 2], [np.nan, 3]], ["x", ""]), LAYOUT) == ()
