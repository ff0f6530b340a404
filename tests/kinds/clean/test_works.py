"""The cleaning steps: which rows stay."""

from __future__ import annotations

import polars as pl
import pytest

from mlcycle.kinds.clean.drop_duplicates import work as duplicates
from mlcycle.kinds.clean.drop_nulls import work as nulls

FRAME = pl.DataFrame({"a": [2, 1, 2, None, None, 3], "b": ["x", "y", "x", "z", "z", None], "n": range(6)})


@pytest.mark.parametrize(
    ("keep", "stay"), [("first", [0, 1, 3, 5]), ("last", [1, 2, 4, 5]), ("none", [1, 5])]
)
def test_equal_rows(keep: str, stay: list[int]) -> None:
    """Two nulls agree, and order stays."""
    found = duplicates.apply(FRAME, {"columns": ["a", "b"], "keep": keep})
    assert found["n"].to_list() == stay


def test_rows_that_lack_a_value() -> None:
    assert nulls.apply(FRAME, {"columns": ["a"]})["n"].to_list() == [0, 1, 2, 5]
    assert nulls.apply(FRAME, {"columns": ["a", "b"]})["n"].to_list() == [0, 1, 2]
