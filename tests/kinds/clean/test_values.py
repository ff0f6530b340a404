"""Values that a spec writes, against dtypes."""

from __future__ import annotations

from typing import Any

import pytest

from mlcycle.graph.column import DType
from mlcycle.kinds.clean.values import dtype_of, fits, read


@pytest.mark.parametrize(
    ("value", "fitting"),
    [
        (1, ("int64", "float64")),
        (1.5, ("float64",)),
        (True, ("bool",)),
        ("x", ("string",)),
        ("2024-02-29", ("string", "timestamp", "date")),
        ("2024-02-29T10:00:00Z", ("string", "timestamp")),
        ("20240229", ("string", "timestamp")),
        ("2023-02-29", ("string",)),
    ],
)
def test_what_holds_a_value(value: Any, fitting: tuple[DType, ...]) -> None:
    dtypes: tuple[DType, ...] = ("int64", "float64", "bool", "string", "timestamp", "date")
    assert tuple(dtype for dtype in dtypes if fits(value, dtype)) == fitting
    assert fits(value, "unknown")


def test_one_dtype_for_all() -> None:
    assert dtype_of((1, 2.5)) == "float64"
    assert dtype_of((True, 1)) == "unknown"
    assert dtype_of(()) == "unknown"


@pytest.mark.parametrize(
    ("text", "dtype", "value"),
    [
        ("1", "int64", 1),
        ("1.5", "int64", None),
        ("true", "bool", True),
        ("True", "bool", None),
        ("1", "string", "1"),
    ],
)
def test_keys_are_read_as_the_column_is(text: str, dtype: DType, value: Any) -> None:
    assert read(text, dtype) == value
