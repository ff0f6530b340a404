"""The as-of join against brute force, and against Feast's own DuckDB store."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcycle.adapters.feast.asof import Lookup, join, latest
from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from mlcycle.serving import feast_library
from tests.adapters.feast_support import HOUR, NOON, TIME, asked, make_view

_KEYS = st.sampled_from(["a", "b", None])
_TABLE = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]), st.integers(0, 6), st.integers(0, 6), st.none() | st.integers(0, 9)
    ),
    max_size=10,
    unique_by=lambda row: row[:3],
)


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def frame(rows: Sequence[tuple[str | None, int, int, int | None]]) -> pl.LazyFrame:
    times = [(key, minute(event), minute(created), value) for key, event, created, value in rows]
    schema = {"theirs": pl.String, "event": TIME, "created": TIME, "value": pl.Int64}
    return pl.DataFrame(times, schema=schema, orient="row").lazy()


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    table=_TABLE,
    rows=st.lists(st.tuples(_KEYS, st.none() | st.integers(-1, 8)), min_size=1, max_size=8),
    ttl=st.none() | st.integers(0, 4),
)
def test_the_join_agrees_with_brute_force(
    table: list[tuple[str, int, int, int | None]], rows: list[tuple[str | None, int | None]], ttl: int | None
) -> None:
    lookup = Lookup(
        table=frame(table),
        keys={"ours": "theirs"},
        event="event",
        created="created",
        outputs={"value": "found"},
        ttl=None if ttl is None else timedelta(minutes=ttl),
    )
    moments = [None if at is None else minute(at) for _, at in rows]
    given_rows = pl.DataFrame(
        {"ours": [key for key, _ in rows], "at": moments}, schema={"ours": pl.String, "at": TIME}
    )
    expected = []
    for key, at in rows:
        known = [
            (event, created, value)
            for theirs, event, created, value in table
            if at is not None and theirs == key and event <= at and (ttl is None or at - event <= ttl)
        ]
        expected.append(max(known, key=lambda row: row[:2])[2] if known else None)
    result = join(given_rows, "at", [lookup])
    assert result.get_column("found").to_list() == expected
    assert result.select("ours", "at").equals(given_rows)


def test_of_rows_of_one_moment_the_one_created_last_is_found() -> None:
    lookup = Lookup(
        table=frame([("a", 1, 5, 1), ("a", 1, 2, 2)]),
        keys={"ours": "theirs"},
        event="event",
        created="created",
        outputs={"value": "found"},
        ttl=None,
    )
    rows = pl.DataFrame({"ours": ["a"], "at": [minute(3)]}, schema={"ours": pl.String, "at": TIME})
    assert join(rows, "at", [lookup]).get_column("found").to_list() == [1]


def test_a_null_key_does_not_find_the_rows_of_a_null_key() -> None:
    lookup = Lookup(
        table=frame([(None, 0, 0, 1), ("a", 0, 0, 2)]),
        keys={"ours": "theirs"},
        event="event",
        created="created",
        outputs={"value": "found"},
        ttl=None,
    )
    rows = pl.DataFrame({"ours": [None, "a"], "at": [minute(1)] * 2}, schema={"ours": pl.String, "at": TIME})
    assert join(rows, "at", [lookup]).get_column("found").to_list() == [None, 2]


def test_the_latest_row_of_a_moment_is_the_one_created_last() -> None:
    rows = [("a", 1, 5, 1), ("a", 2, 2, 2), ("a", 2, 3, 3), ("b", 0, 0, 4)]
    found = latest(frame(rows), ["theirs"], "event", "created").sort("theirs")
    assert found.get_column("value").to_list() == [3, 4]


@pytest.mark.slow
# Ibis, which only Feast's own store goes through, calls DuckDB by an older name.
@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_feasts_own_duckdb_store_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 600 rows and two views, with ties of keys and moments, missing keys and expired values."""
    prices = [(f"s{i % 7}", NOON + (i // 7) * HOUR / 3, float(i), i % 3 == 0) for i in range(300)]
    stocks = [(f"s{i % 5}", i % 2, NOON + (i // 10) * HOUR, i) for i in range(200)]
    views = [
        make_view(
            tmp_path, "price__1", {"shop": "string"}, {"price": "float64", "sale": "bool"}, prices, 2 * HOUR
        ),
        make_view(tmp_path, "stock__1", {"shop": "string", "item": "int64"}, {"stock": "int64"}, stocks),
    ]
    store = FeastFeatureStore(tmp_path / "home")
    folder = store.apply("shop", views)
    moments = [NOON + (i % 90) * HOUR / 4 - HOUR for i in range(600)]
    rows = asked(moments, shop=[f"s{i % 8}" for i in range(600)], item=[i % 3 for i in range(600)])
    features = {"price__1": ["price", "sale"], "stock__1": ["stock"]}
    ours = store.historical("shop", rows, features)
    duckdb = tmp_path / "duckdb"
    shutil.copytree(folder, duckdb)
    config = (duckdb / "feature_store.yaml").read_text()
    (duckdb / "feature_store.yaml").write_text(
        config.replace("mlcycle.adapters.feast.store.AsOfOfflineStore", "duckdb")
    )
    monkeypatch.chdir(duckdb)
    theirs = (
        feast_library.load()
        .FeatureStore(repo_path=str(duckdb))
        .get_historical_features(
            entity_df=rows.rename({"predict_at": "event_timestamp"}).to_pandas(),
            features=[f"{view}:{name}" for view, names in features.items() for name in names],
            full_feature_names=True,
        )
    )
    expected = pl.DataFrame(pl.from_arrow(theirs.to_arrow())).sort("row_id").select(ours.columns)
    assert ours.equals(expected.cast(dict(ours.schema)))
    assert 0 < ours.get_column("price__1__price").null_count() < 600
