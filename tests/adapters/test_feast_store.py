"""Point-in-time reads, online reads and declarations, through Feast itself."""

from __future__ import annotations

import os
import sqlite3
import stat
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from mlcycle.ports import ViewTable
from tests.adapters.feast_support import EPOCH, HOUR, NOON, asked, make_view

WEATHER = {"wind": "float64", "gusts": "int64"}


@pytest.fixture
def weather(tmp_path: Path) -> ViewTable:
    rows = [
        ("EWR", NOON, 1.5, 3),
        ("EWR", NOON + HOUR, 2.5, None),
        ("JFK", NOON, 7.0, 2**53 + 1),
    ]
    return make_view(tmp_path, "weather__0000000a", {"origin": "string"}, WEATHER, rows, ttl=3 * HOUR)


@pytest.fixture
def planes(tmp_path: Path) -> ViewTable:
    rows = [("N1", 1, EPOCH, "Airbus", True, date(1999, 5, 1)), ("N1", 2, EPOCH, None, False, None)]
    features = {"maker": "string", "jet": "bool", "built": "date"}
    return make_view(tmp_path, "planes__0000000b", {"tail": "string", "part": "int64"}, features, rows)


@pytest.fixture
def store(tmp_path: Path, weather: ViewTable, planes: ViewTable) -> FeastFeatureStore:
    made = FeastFeatureStore(tmp_path / "home")
    made.apply("shop", [weather, planes], {"late": {weather.name: ["wind"]}})
    return made


def winds(store: FeastFeatureStore, view: ViewTable, rows: pl.DataFrame) -> list[float | None]:
    return store.historical("shop", rows, {view.name: ["wind"]}).get_column(f"{view.name}__wind").to_list()


def test_the_newest_value_at_or_before_the_moment_is_found(
    store: FeastFeatureStore, weather: ViewTable
) -> None:
    tick = timedelta(microseconds=1)
    moments = [NOON - tick, NOON, NOON + HOUR - tick, NOON + HOUR]
    assert winds(store, weather, asked(moments, origin=["EWR"] * 4)) == [None, 1.5, 1.5, 2.5]


def test_a_value_is_usable_up_to_exactly_its_ttl(store: FeastFeatureStore, weather: ViewTable) -> None:
    last = NOON + 3 * HOUR
    moments = [last, last + timedelta(microseconds=1)]
    assert winds(store, weather, asked(moments, origin=["JFK", "JFK"])) == [7.0, None]


def test_rows_keep_their_order_and_unknown_or_null_keys_find_nothing(
    store: FeastFeatureStore, weather: ViewTable
) -> None:
    rows = asked([NOON + HOUR] * 5, origin=["JFK", None, "EWR", "???", "JFK"])
    found = store.historical("shop", rows.reverse(), {weather.name: ["wind"]})
    assert found.get_column("row_id").to_list() == [0, 1, 2, 3, 4]
    assert found.get_column(f"{weather.name}__wind").to_list() == [7.0, None, 2.5, None, 7.0]


def test_several_views_come_back_with_their_declared_types(
    store: FeastFeatureStore, weather: ViewTable, planes: ViewTable
) -> None:
    rows = asked(
        [NOON, NOON + HOUR, NOON], origin=["JFK", "EWR", None], tail=["N1", "N1", "N1"], part=[1, 2, None]
    )
    found = store.historical(
        "shop", rows, {weather.name: ["gusts"], planes.name: ["maker", "jet", "built"]}
    ).drop("row_id")
    assert found.to_dicts() == [
        dict(zip(found.columns, (2**53 + 1, "Airbus", True, date(1999, 5, 1)), strict=True)),
        dict(zip(found.columns, (None, None, False, None), strict=True)),
        dict(zip(found.columns, (None, None, None, None), strict=True)),
    ]
    assert found.dtypes == [pl.Int64, pl.String, pl.Boolean, pl.Date]


def test_online_values_are_those_of_the_end_of_the_window(
    store: FeastFeatureStore, weather: ViewTable
) -> None:
    keys = pl.DataFrame({"origin": ["JFK", None, "EWR", "???", "EWR"]})
    assert store.materialize("shop", weather.name, EPOCH, NOON + HOUR / 2) == 2
    found = store.online("shop", {weather.name: ["gusts", "wind"]}, keys, NOON + HOUR)
    assert found.get_column("origin").to_list() == keys.get_column("origin").to_list()
    assert found.get_column(f"{weather.name}__wind").to_list() == [7.0, None, 1.5, None, 1.5]
    assert found.get_column(f"{weather.name}__gusts").to_list() == [2**53 + 1, None, 3, None, 3]


def test_online_values_older_than_their_ttl_are_null(store: FeastFeatureStore, weather: ViewTable) -> None:
    keys = pl.DataFrame({"origin": ["JFK"]})
    store.materialize("shop", weather.name, EPOCH, NOON)
    for age, expected in ((3 * HOUR, 7.0), (3 * HOUR + timedelta(seconds=1), None)):
        found = store.online("shop", {weather.name: ["wind"]}, keys, NOON + age)
        assert found.get_column(f"{weather.name}__wind").to_list() == [expected]


def test_static_values_load_and_never_grow_old(store: FeastFeatureStore, planes: ViewTable) -> None:
    keys = pl.DataFrame({"tail": ["N1", "N1", "N2"], "part": [2, 1, 1]})
    store.materialize("shop", planes.name, EPOCH, NOON)
    found = store.online("shop", {planes.name: ["maker", "jet", "built"]}, keys, NOON + 1_000_000 * HOUR)
    assert found.get_column(f"{planes.name}__maker").to_list() == [None, "Airbus", None]
    assert found.get_column(f"{planes.name}__jet").to_list() == [False, True, None]
    assert found.get_column(f"{planes.name}__built").to_list() == [None, date(1999, 5, 1), None]


def test_a_key_that_is_gone_is_gone_online(
    store: FeastFeatureStore, weather: ViewTable, tmp_path: Path
) -> None:
    keys = pl.DataFrame({"origin": ["EWR", "JFK", "LGA"]})
    store.materialize("shop", weather.name, EPOCH, NOON + HOUR)
    (tmp_path / "later").mkdir()
    rows = [("LGA", NOON, 4.0, 1), ("EWR", NOON + 2 * HOUR, 5.0, 1)]
    later = make_view(tmp_path / "later", weather.name, {"origin": "string"}, WEATHER, rows, ttl=3 * HOUR)
    store.apply("shop", [later])
    assert store.materialize("shop", weather.name, EPOCH, NOON + HOUR) == 3
    found = store.online("shop", {weather.name: ["wind"]}, keys, NOON + HOUR)
    assert found.get_column(f"{weather.name}__wind").to_list() == [None, None, 4.0]
    moments = asked([NOON + HOUR] * 3, origin=["EWR", "JFK", "LGA"])
    assert winds(store, weather, moments) == [None, None, 4.0]


def test_apply_says_what_is_declared_and_removes_what_is_gone(
    store: FeastFeatureStore, weather: ViewTable, planes: ViewTable, tmp_path: Path
) -> None:
    from feast import FeatureStore

    folder = tmp_path / "home" / "shop"
    assert {view.name: view.version for view in store.declared("shop")} == {
        weather.name: weather.version,
        planes.name: planes.version,
    }
    assert [service.name for service in FeatureStore(repo_path=str(folder)).list_feature_services()] == [
        "late"
    ]
    store.apply("shop", [planes])
    feast = FeatureStore(repo_path=str(folder))
    assert [view.name for view in feast.list_feature_views()] == [planes.name]
    assert {entity.name for entity in feast.list_entities()} == {"tail_part_part", "tail_part_tail"}
    assert feast.list_feature_services() == []
    assert [path.name for path in (folder / "tables").iterdir()] == [f"{planes.name}.parquet"]
    with sqlite3.connect(folder / "online.db") as online:
        tables = {row[0] for row in online.execute("select name from sqlite_master where type = 'table'")}
    online.close()
    assert tables == {f"shop_{planes.name}"}


def test_applying_the_same_again_changes_nothing(
    store: FeastFeatureStore, weather: ViewTable, planes: ViewTable, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / "shop"
    names = ["features.py", "feature_store.yaml", "views.json", f"tables/{weather.name}.parquet"]
    before = {name: (folder / name).read_bytes() for name in names}
    store.materialize("shop", planes.name, EPOCH, NOON)
    store.apply("shop", [planes, weather], {"late": {weather.name: ["wind"]}})
    assert {name: (folder / name).read_bytes() for name in names} == before
    keys = pl.DataFrame({"tail": ["N1"], "part": [1]})
    found = store.online("shop", {planes.name: ["jet"]}, keys, NOON)
    assert found.get_column(f"{planes.name}__jet").to_list() == [True]


def test_state_is_private_and_tables_outlive_their_artefacts(
    store: FeastFeatureStore, weather: ViewTable, tmp_path: Path
) -> None:
    for name in ("registry.pb", "online.db"):
        assert stat.S_IMODE((tmp_path / "home" / "shop" / name).stat().st_mode) == 0o600
    weather.path.unlink()
    assert winds(store, weather, asked([NOON], origin=["EWR"])) == [1.5]


def test_a_service_reads_online_without_the_offline_store(
    store: FeastFeatureStore, weather: ViewTable, tmp_path: Path
) -> None:
    from feast import FeatureStore, RepoConfig
    from feast.repo_config import RegistryConfig

    store.materialize("shop", weather.name, EPOCH, NOON)
    folder = tmp_path / "home" / "shop"
    config = RepoConfig(
        project="shop",
        provider="local",
        registry=RegistryConfig(path=str(folder / "registry.pb")),
        online_store={"type": "sqlite", "path": str(folder / "online.db")},
        entity_key_serialization_version=3,
    )
    found = FeatureStore(config=config).get_online_features(
        features=[f"{weather.name}:wind"], entity_rows=[{"origin": "JFK"}], full_feature_names=True
    )
    assert found.to_dict(include_event_timestamps=True) == {
        "origin": ["JFK"],
        f"{weather.name}__wind": [7.0],
        "origin__ts": [0],
        f"{weather.name}__wind__ts": [int(NOON.timestamp())],
    }


def test_feast_leaves_the_environment_of_the_process_as_it_was(
    store: FeastFeatureStore, weather: ViewTable
) -> None:
    winds(store, weather, asked([NOON], origin=["EWR"]))
    store.materialize("shop", weather.name, EPOCH, NOON)
    assert [name for name in os.environ if name.startswith("PROMETHEUS_")] == []
