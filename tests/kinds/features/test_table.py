"""What a feature table says beyond the rules of time: which rows count, types, files, figures."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mlcycle.kinds.features.aggregation.figures import decayed_mean, deviation
from mlcycle.kinds.features.aggregation.ranges import reduce_ranges
from mlcycle.task import WorkError
from tests.kinds.features.support import history, run, step, view

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def times(*hours: int | None) -> pl.Series:
    moments = [None if hour is None else NOON + hour * HOUR for hour in hours]
    return pl.Series(moments, dtype=pl.Datetime("us", "UTC"))


def test_a_static_source_was_always_known(tmp_path: Path) -> None:
    source = pl.DataFrame({"tail": ["N1", "N2", None], "seats": [5, None, 7]})
    node = view(
        "planes", [step("columns", "columns", columns=["seats"])], {"seats": "int64"}, {"tail": "string"}
    )
    table, outcome = run(node, source, tmp_path)
    assert table.to_dicts() == [
        {"tail": "N1", "event_timestamp": EPOCH, "created_timestamp": EPOCH, "seats": 5},
        {"tail": "N2", "event_timestamp": EPOCH, "created_timestamp": EPOCH, "seats": None},
    ]
    assert outcome.figures == {
        "rows": 2,
        "keys": 2,
        "rows_read": 3,
        "rows_without_key": 1,
        "rows_without_time": 0,
    }


def test_rows_without_a_key_or_a_time_are_counted(tmp_path: Path) -> None:
    source = pl.DataFrame({"shop": ["a", None, "a"], "at": times(0, 1, None), "price": [1.0, 2.0, 3.0]})
    node = view(
        "prices",
        [step("columns", "columns", columns=["price"], available_after_seconds=60)],
        {"price": "float64"},
        {"shop": "string"},
        timestamp="at",
    )
    table, outcome = run(node, source, tmp_path)
    assert table.get_column("event_timestamp").to_list() == [NOON + timedelta(minutes=1)]
    assert outcome.figures["rows_without_key"] == 1
    assert outcome.figures["rows_without_time"] == 1


def test_groups_of_columns_with_their_own_availability_stay_apart(tmp_path: Path) -> None:
    source = pl.DataFrame({"shop": ["a", "a"], "at": times(0, 2), "price": [1.0, None], "sold": [10, 20]})
    steps = [
        step("columns.0", "columns", columns=["price"], available_after_seconds=0),
        step("columns.1", "columns", columns=["sold"], available_after_seconds=3600),
    ]
    node = view("v", steps, {"price": "float64", "sold": "int64"}, {"shop": "string"}, timestamp="at")
    table, _ = run(node, source, tmp_path)
    assert table.select("event_timestamp", "price", "sold").rows() == [
        (NOON, 1.0, None),
        (NOON + HOUR, 1.0, 10),
        (NOON + 2 * HOUR, None, 10),
        (NOON + 3 * HOUR, None, 20),
    ]


def test_features_computed_from_a_row_are_looked_up_like_its_columns(tmp_path: Path) -> None:
    source = pl.DataFrame({"shop": ["a", "a", "b"], "at": times(0, 1, 0), "price": [1.5, None, 4.0]})
    doubled = {"call": "multiply", "arguments": [{"column": "price"}, {"literal": 2}]}
    holiday = {
        "call": "is_holiday",
        "arguments": [{"column": "at"}, {"literal": "US"}, {"literal": None}, {"literal": "UTC"}],
    }
    steps = [
        step(
            "double", "row", output="double", dtype="float64", expression=doubled, available_after_seconds=0
        ),
        step("free", "row", output="free", dtype="bool", expression=holiday, available_after_seconds=0),
    ]
    features = {"double": "float64", "free": "bool"}
    table, _ = run(view("v", steps, features, {"shop": "string"}, timestamp="at"), source, tmp_path)
    assert [(row["double"], row["free"]) for row in history(table, shop="a")] == [(3.0, False), (None, False)]
    assert [(row["double"], row["free"]) for row in history(table, shop="b")] == [(8.0, False)]


def test_a_key_of_several_columns_and_values_of_every_type(tmp_path: Path) -> None:
    source = pl.DataFrame(
        {
            "shop": ["a", "a", "a"],
            "item": [1, 2, 1],
            "at": times(0, 0, 1),
            "open": [True, None, False],
            "since": [date(2020, 1, 1), None, date(2021, 1, 1)],
            "named": ["x", "y", None],
            "seen": times(-5, None, -4),
        }
    )
    features = {"open": "bool", "since": "date", "named": "string", "seen": "timestamp"}
    steps = [step("columns", "columns", columns=[*features], available_after_seconds=0)]
    node = view("v", steps, features, {"shop": "string", "item": "int64"}, timestamp="at")
    table, outcome = run(node, source, tmp_path)
    assert table.select(*features).schema == source.select(*features).schema
    assert outcome.figures["keys"] == 2
    assert [row["named"] for row in history(table, shop="a", item=1)] == ["x", None]


def test_the_order_of_the_source_decides_nothing(tmp_path: Path) -> None:
    source = pl.DataFrame(
        {
            "shop": ["a", "b"] * 50,
            "at": times(*[i // 4 for i in range(100)]),
            "n": range(100),
            "id": range(100),
        }
    ).with_columns(weight=pl.col("n") / 7)
    steps = [
        step("columns", "columns", columns=["n"], available_after_seconds=0),
        step("total", "aggregation", output="total", column="weight", function="sum", window_seconds=7200),
    ]
    features = {"n": "int64", "total": "float64"}
    node = view("v", steps, features, {"shop": "string"}, timestamp="at", row_key=["id"])
    run(node, source, tmp_path / "one")
    run(node, source.sample(fraction=1.0, shuffle=True, seed=3), tmp_path / "two")
    one, two = (tmp_path / name / "out" / "table.parquet" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_view_json_says_what_a_feature_store_needs(tmp_path: Path) -> None:
    source = pl.DataFrame({"shop": ["a"], "at": times(0), "price": [1.0]})
    node = view(
        "v",
        [step("columns", "columns", columns=["price"], available_after_seconds=0)],
        {"price": "float64"},
        {"shop": "string"},
        timestamp="at",
        ttl_seconds=3600,
    )
    run(node, source, tmp_path)
    assert json.loads((tmp_path / "out" / "view.json").read_text()) == {
        "entity": "thing",
        "features": [{"dtype": "float64", "name": "price"}],
        "keys": [{"dtype": "string", "name": "shop"}],
        "store_name": "v__00000000",
        "ttl_seconds": 3600,
    }


def test_a_reserved_name_is_refused(tmp_path: Path) -> None:
    node = view("v", [], {"event_timestamp": "timestamp"}, {"shop": "string"})
    with pytest.raises(WorkError, match="`event_timestamp`") as refused:
        run(node, pl.DataFrame({"shop": ["a"]}), tmp_path)
    assert refused.value.code == "MLC830"


def test_an_empty_source_gives_an_empty_table(tmp_path: Path) -> None:
    source = pl.DataFrame(
        {"shop": pl.Series([], dtype=pl.String), "at": times(), "n": pl.Series([], dtype=pl.Int64)}
    )
    steps = [
        step("total", "aggregation", output="total", column="n", function="sum", window_seconds=7200),
        step("last", "lag", output="last", column="n", rows=1),
    ]
    features = {"total": "int64", "last": "int64"}
    table, outcome = run(view("v", steps, features, {"shop": "string"}, timestamp="at"), source, tmp_path)
    assert table.height == 0
    assert outcome.figures["keys"] == 0


def test_a_range_is_reduced_to_the_last_bit_whatever_came_before_it() -> None:
    """A running sum would keep what a huge value, long gone, has rounded away."""
    tail = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    low, high = np.array([0]), np.array([5])
    alone = reduce_ranges(tail, low, high, np.add, 0)
    after = reduce_ranges(np.concatenate([[1e18, -3e17, 7.7], tail]), low + 3, high + 3, np.add, 0)
    assert alone[0] == after[0] == pytest.approx(1.5)


def test_ranges_of_every_length_agree_with_numpy() -> None:
    values = np.random.default_rng(5).integers(-50, 50, 40)
    pairs = [(low, high) for low in range(41) for high in range(low, 41)]
    low, high = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    sums = reduce_ranges(values, low, high, np.add, 0)
    assert sums.tolist() == [values[a:b].sum() for a, b in pairs]
    least = reduce_ranges(values, low, high, np.minimum, 99)
    assert least.tolist() == [values[a:b].min(initial=99) for a, b in pairs]


def test_figures_of_truths_texts_and_times(tmp_path: Path) -> None:
    source = pl.DataFrame(
        {
            "shop": ["a"] * 4,
            "at": times(0, 1, 2, 3),
            "open": [None, False, True, False],
            "named": ["x", None, "y", "x"],
            "seen": times(-5, -4, None, None),
        }
    )
    window = {"window_seconds": 7200, "min_rows": 1}
    steps = [
        step("opened", "aggregation", output="opened", column="open", function="any", **window),
        step("names", "aggregation", output="names", column="named", function="distinct_count", min_rows=0),
        step("name", "aggregation", output="name", column="named", function="last", **window),
        step("begun", "aggregation", output="begun", column="seen", function="first", min_rows=1),
        step("ended", "aggregation", output="ended", column="seen", function="last", min_rows=1),
        step("shut", "aggregation", output="shut", column="open", function="last", **window),
        step("turned", "difference", output="turned", column="open", rows=1),
    ]
    dtypes = {
        "opened": "bool",
        "names": "int64",
        "name": "string",
        "begun": "timestamp",
        "ended": "timestamp",
    }
    dtypes |= {"shut": "bool", "turned": "int64"}
    table, _ = run(view("v", steps, dtypes, {"shop": "string"}, timestamp="at"), source, tmp_path)
    rows = history(table, shop="a")[:4]
    assert [row["opened"] for row in rows] == [None, False, True, True]
    assert [row["names"] for row in rows] == [1, 1, 2, 2]
    assert [row["name"] for row in rows] == ["x", "x", "y", "x"]
    assert [row["begun"] for row in rows] == [NOON - 5 * HOUR] * 4
    assert [row["ended"] for row in rows] == [NOON - 5 * HOUR, *[NOON - 4 * HOUR] * 3]
    assert [row["shut"] for row in rows] == [None, False, True, False]
    assert [row["turned"] for row in rows] == [None, None, 1, -1]
    assert history(table, shop="a")[-1]["opened"] is None  # all rows have left the window


def test_the_deviation_of_large_numbers_that_lie_close() -> None:
    values = pl.Series([1e15 + 1, 1e15 + 3, None, 1e15 + 2])
    low, high = np.array([0, 0, 2]), np.array([4, 1, 3])
    np.testing.assert_allclose(deviation(values, low, high), [1.0, np.nan, np.nan])


def test_a_value_one_half_life_older_counts_half() -> None:
    values, seconds = pl.Series([1.0, None, 4.0]), np.array([0.0, 30.0, 60.0])
    found = decayed_mean(values, seconds, 60.0, np.array([0, 0, 1]), np.array([3, 2, 2]))
    np.testing.assert_allclose(found, [3.0, 1.0, np.nan])


def test_a_gap_of_ages_leaves_a_number() -> None:
    values, seconds = pl.Series([1.0, 2.0]), np.array([0.0, 1e9])
    assert decayed_mean(values, seconds, 1.0, np.array([0]), np.array([2])).tolist() == [2.0]
