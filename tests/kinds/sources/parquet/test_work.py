"""Parquet files of any writer become tables of our dtypes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mlcycle.kinds.sources.parquet.work import read
from mlcycle.task import WorkError

MOMENT = datetime(2013, 1, 31, 12, tzinfo=UTC)


def table(root: Path, series: pl.Series, dtype: str | None = None, **config: Any) -> pl.Series:
    pl.DataFrame({"a": series}).write_parquet(root / "t.parquet")
    typed = [] if dtype is None else [{"name": "a", "dtype": dtype}]
    return read({"path": "t.parquet", "columns": typed, **config}, root)["a"]


@pytest.mark.parametrize(
    ("series", "kind", "values"),
    [
        (pl.Series([1, None], dtype=pl.UInt8), pl.Int64, [1, None]),
        (pl.Series([1.5, float("nan")], dtype=pl.Float32), pl.Float64, [1.5, None]),
        (pl.Series([Decimal("1.5")]), pl.Float64, [1.5]),
        (pl.Series(["x", None], dtype=pl.Categorical), pl.String, ["x", None]),
        (pl.Series([True, None]), pl.Boolean, [True, None]),
        (pl.Series([date(2013, 1, 31)]), pl.Date, [date(2013, 1, 31)]),
        (
            pl.Series([MOMENT.replace(tzinfo=None)]).dt.cast_time_unit("ns"),
            pl.Datetime("us", "UTC"),
            [MOMENT],
        ),
        (
            pl.Series([MOMENT.replace(tzinfo=None)]).dt.cast_time_unit("ms"),
            pl.Datetime("us", "UTC"),
            [MOMENT],
        ),
        (pl.Series([MOMENT]).dt.convert_time_zone("Asia/Tokyo"), pl.Datetime("us", "UTC"), [MOMENT]),
    ],
)
def test_the_nearest_of_our_dtypes(tmp_path: Path, series: pl.Series, kind: Any, values: list[Any]) -> None:
    found = table(tmp_path, series)
    assert (found.dtype, found.to_list()) == (kind, values)


@pytest.mark.parametrize(
    ("series", "dtype", "values"),
    [
        (pl.Series([1, 2]), "float64", [1.0, 2.0]),
        (pl.Series([1.0, float("nan"), None]), "int64", [1, None, None]),
        (pl.Series(["2013-01-31T12:00:00Z"]), "timestamp", [MOMENT]),
        (pl.Series(["1", None]), "int64", [1, None]),
        (pl.Series([None, None]), "string", [None, None]),
        (pl.Series([1, 2]), "string", ["1", "2"]),
        (pl.Series([date(2013, 1, 31)]), "timestamp", [datetime(2013, 1, 31, tzinfo=UTC)]),
    ],
)
def test_a_declared_dtype_counts(tmp_path: Path, series: pl.Series, dtype: str, values: list[Any]) -> None:
    assert table(tmp_path, series, dtype).to_list() == values


@pytest.mark.parametrize(
    ("series", "dtype", "shown"),
    [
        (pl.Series([1.0, 2.5]), "int64", "2.5 in row 2"),
        (pl.Series(["x"]), "float64", "'x' in row 1"),
        (pl.Series([2**64 - 1], dtype=pl.UInt64), "int64", "18446744073709551615 in row 1"),
        (pl.Series([MOMENT]), "bool", "in row 1"),
    ],
)
def test_a_value_that_does_not_fit_is_an_error(
    tmp_path: Path, series: pl.Series, dtype: str, shown: str
) -> None:
    with pytest.raises(WorkError) as caught:
        table(tmp_path, series, dtype)
    assert caught.value.code == "MLC813"
    assert shown in caught.value.message


def test_null_values_are_of_text_columns(tmp_path: Path) -> None:
    assert table(tmp_path, pl.Series(["NA", "x"]), null_values=["NA"]).to_list() == [None, "x"]


def test_what_is_no_parquet_file(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(WorkError) as caught:
        read({"path": "t.parquet", "columns": []}, tmp_path)
    assert caught.value.code == "MLC814"


def test_a_name_with_wildcards_is_any_number_of_files(tmp_path: Path) -> None:
    for number in (2, 1):
        pl.DataFrame({"a": [number]}).write_parquet(tmp_path / f"t{number}.parquet")
    assert read({"path": "t*.parquet", "columns": []}, tmp_path)["a"].to_list() == [1, 2]
    with pytest.raises(WorkError) as caught:
        read({"path": "u*.parquet", "columns": []}, tmp_path)
    assert caught.value.code == "MLC811"
