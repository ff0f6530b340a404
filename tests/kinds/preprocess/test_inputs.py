from __future__ import annotations

import math

import polars as pl
import pytest

from mlcycle.kinds.preprocess.inputs import inputs, layout
from mlcycle.task import WorkError

pytestmark = pytest.mark.slow

FEATURES = [
    {"name": "v.flag", "dtype": "bool"},
    {"name": "v.word", "dtype": "string"},
    {"name": "v.count", "dtype": "int64"},
    {"name": "v.size", "dtype": "float64"},
]


def test_missing_values_are_nan_and_empty_text() -> None:
    frame = pl.DataFrame(
        {"v.flag": [True, None], "v.word": [None, "x"], "v.count": [None, 3], "v.size": [2.5, None]},
        schema={"v.flag": pl.Boolean, "v.word": pl.String, "v.count": pl.Int64, "v.size": pl.Float64},
    )
    columns = layout(FEATURES)
    assert (columns.numeric, columns.text) == (("v.flag", "v.count", "v.size"), ("v.word",))
    found = inputs(frame, columns)
    assert found.text.tolist() == [[""], ["x"]]
    first, second = found.numeric.tolist()
    assert (first[0], first[2]) == (1.0, 2.5)
    assert math.isnan(first[1])
    assert [math.isnan(value) for value in second] == [True, False, True]


def test_a_value_beyond_32_bits_is_an_error() -> None:
    frame = pl.DataFrame({"v.size": [1.0, 1e39]})
    with pytest.raises(WorkError, match=r"`v\.size` hold values beyond") as error:
        inputs(frame, layout([{"name": "v.size", "dtype": "float64"}]))
    assert error.value.code == "MLC852"


def test_a_time_is_no_input_of_a_model() -> None:
    with pytest.raises(WorkError, match=r"`v\.at` is a timestamp") as error:
        layout([{"name": "v.at", "dtype": "timestamp"}])
    assert error.value.code == "MLC851"
