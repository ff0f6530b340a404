"""The cleaning steps: which rows stay, and what values become."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from mlcycle.kinds.clean.aggregate import work as merged
from mlcycle.kinds.clean.cast import work as cast
from mlcycle.kinds.clean.clip import work as clip
from mlcycle.kinds.clean.drop_duplicates import work as duplicates
from mlcycle.kinds.clean.drop_nulls import work as nulls
from mlcycle.kinds.clean.drop_outliers import work as outliers
from mlcycle.kinds.clean.fill_nulls import work as fill
from mlcycle.kinds.clean.filter import work as rows
from mlcycle.kinds.clean.map_values import work as mapped
from mlcycle.kinds.clean.normalize_text import work as text
from mlcycle.kinds.clean.rename import work as rename
from mlcycle.kinds.sources.arrays import polars_type
from mlcycle.task import WorkError

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


def test_a_value_where_there_is_none() -> None:
    frame = pl.DataFrame({"a": [1, None], "b": [None, 2.5], "at": [date(2024, 1, 1), None]})
    assert fill.apply(frame, {"columns": ["a", "b"], "value": 7}).rows() == [
        (1, 7.0, date(2024, 1, 1)),
        (7, 2.5, None),
    ]
    filled = fill.apply(frame, {"columns": ["at"], "value": "2020-02-29"})
    assert filled["at"].to_list() == [date(2024, 1, 1), date(2020, 2, 29)]
    assert filled.schema == frame.schema


def test_two_columns_may_swap_their_names() -> None:
    frame = pl.DataFrame({"a": [1], "b": ["x"]})
    assert rename.apply(frame, {"columns": [["a", "b"], ["b", "a"]]}).to_dicts() == [{"b": 1, "a": "x"}]


@pytest.mark.parametrize(
    ("before", "dtype", "after"),
    [
        (["1", " 2 ", "x", None], "int64", [1, 2, None, None]),
        (["1.5", "inf", None], "float64", [1.5, None, None]),
        (["Yes", "0", "maybe"], "bool", [True, False, None]),
        ([1.0, 1.5, None], "int64", [1, None, None]),
        ([True, None], "int64", [1, None]),
        ([3, None], "string", ["3", None]),
        ([datetime(2024, 5, 1, 23, tzinfo=UTC)], "date", [date(2024, 5, 1)]),
        ([date(2024, 5, 1)], "timestamp", [datetime(2024, 5, 1, tzinfo=UTC)]),
    ],
)
def test_another_type(before: list[Any], dtype: str, after: list[Any]) -> None:
    found = cast.apply(pl.DataFrame({"a": before}), {"columns": [["a", dtype]], "bad_values": "null"})
    assert found["a"].to_list() == after
    assert found["a"].dtype == polars_type(dtype)


def test_a_date_in_another_notation() -> None:
    config = {"columns": [["a", "date"]], "bad_values": "error", "format": "%d.%m.%Y"}
    assert cast.apply(pl.DataFrame({"a": ["31.12.2023"]}), config)["a"].to_list() == [date(2023, 12, 31)]


def test_a_value_that_cannot_be_cast_stops_and_is_shown() -> None:
    config = {"columns": [["a", "float64"]], "bad_values": "error"}
    with pytest.raises(WorkError, match="no `float64`: '12,5' in row 2") as caught:
        cast.apply(pl.DataFrame({"a": ["1", "12,5"]}), config)
    assert caught.value.code == "MLC877"
    with pytest.raises(WorkError, match=r"\(not shown\) in row 2"):
        cast.apply(pl.DataFrame({"a": ["1", "12,5"]}), {**config, "secret": ["a"]})


def test_rows_for_which_a_condition_is_true() -> None:
    frame = pl.DataFrame({"a": [1.0, -1.0, None], "b": ["x", "x", "x"]})
    assert rows.apply(frame, {"sql": "a > 0 AND b = 'x'"})["a"].to_list() == [1.0]
    with pytest.raises(WorkError, match="gives float64"):
        rows.apply(frame, {"sql": "a + 1"})


@pytest.mark.parametrize(
    ("column", "values", "others", "after"),
    [
        (["a", "b", None], [["a", "A"]], "keep", ["A", "b", None]),
        (["a", "b", None], [["a", "A"]], "null", ["A", None, None]),
        (["y", "n", None], [["y", True], ["n", False]], "error", [True, False, None]),
        ([1, 2, 3], [["1", 10], ["2", None]], "keep", [10, None, 3]),
        ([1, 2, 3], [["1", 0.5], ["2", 1]], "null", [0.5, 1.0, None]),
        ([True, False], [["true", "yes"], ["false", "no"]], "error", ["yes", "no"]),
    ],
)
def test_values_of_a_table(column: list[Any], values: list[Any], others: str, after: list[Any]) -> None:
    config = {"column": "a", "values": values, "others": others}
    assert mapped.apply(pl.DataFrame({"a": column}), config)["a"].to_list() == after


def test_a_value_that_no_table_has() -> None:
    config = {"column": "a", "values": [["x", "X"]], "others": "error"}
    with pytest.raises(WorkError, match="not listed: 'y' in row 2") as caught:
        mapped.apply(pl.DataFrame({"a": ["x", "y", None]}), config)
    assert caught.value.code == "MLC878"


def test_numbers_beyond_bounds() -> None:
    frame = pl.DataFrame({"a": [-1, 5, None, 99], "n": range(4)})
    bounds = {"columns": ["a"], "min": 0, "max": 10}
    assert clip.apply(frame, bounds)["a"].to_list() == [0, 5, None, 10]
    assert outliers.apply(frame, bounds)["n"].to_list() == [1, 2]
    assert outliers.apply(frame, {"columns": ["a"], "max": 10})["n"].to_list() == [0, 1, 2]


def test_texts_that_mean_the_same() -> None:
    config = {
        "columns": ["a"],
        "unicode": "NFC",
        "whitespace": "keep",
        "trim": True,
        "case": "keep",
        "empty": "keep",
    }
    frame = pl.DataFrame({"a": [" Cafe\u0301  Noir ", "caf\u00e9 noir", "  ", None]})
    assert text.apply(frame, config)["a"].to_list() == ["Caf\u00e9  Noir", "caf\u00e9 noir", "", None]
    strict = {**config, "whitespace": "collapse", "case": "lower", "empty": "null"}
    assert text.apply(frame, strict)["a"].to_list() == ["caf\u00e9 noir", "caf\u00e9 noir", None, None]


def test_one_row_a_key() -> None:
    frame = pl.DataFrame({"k": ["b", "a", "b", None], "x": [1, None, 3, 4], "t": ["p", "q", "r", "s"]})
    functions = ("count", "count_distinct", "sum", "mean", "median", "min", "max", "first", "last")
    columns = [{"name": name, "function": name, "column": "x"} for name in functions]
    config = {"by": ["k"], "columns": [*columns, {"name": "rows", "function": "count"}]}
    assert merged.apply(frame, config).rows() == [
        ("b", 2, 2, 4, 2.0, 2.0, 1, 3, 1, 3, 2),
        ("a", 0, 0, None, None, None, None, None, None, None, 1),
        (None, 1, 1, 4, 4.0, 4.0, 4, 4, 4, 4, 1),
    ]
