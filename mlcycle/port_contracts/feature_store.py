"""What every feature store keeps to: for the suite of whoever writes an adapter.

    from mlcycle.port_contracts.feature_store import CONTRACTS

    @pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
    def test_my_store(contract, tmp_path):
        contract(MyFeatureStore(...), tmp_path)

Each takes a store that is empty and a folder for the tables of its own. It raises AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.graph.on_demand import OnDemandView
from mlcycle.ports import FeatureStore, ViewTable

Contract = Callable[[FeatureStore, Path], None]

_TIME = pl.Datetime("us", "UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_TICK = timedelta(microseconds=1)
_TYPES = {
    "int64": pl.Int64(),
    "float64": pl.Float64(),
    "bool": pl.Boolean(),
    "string": pl.String(),
    "timestamp": _TIME,
    "date": pl.Date(),
}
_EVERY_TYPE = (
    ("count", "int64"),
    ("share", "float64"),
    ("jet", "bool"),
    ("maker", "string"),
    ("seen", "timestamp"),
    ("built", "date"),
)
_WIND: tuple[tuple[Any, ...], ...] = (
    ("EWR", _NOON, 1.5),
    ("EWR", _NOON + _HOUR, 2.5),
    ("JFK", _NOON, 7.0),
)


def has_nothing_before_the_first_apply(store: FeatureStore, folder: Path) -> None:
    """A project that nobody applied has no views."""
    assert store.declared("shop") == ()


def declares_exactly_what_was_applied_last(store: FeatureStore, folder: Path) -> None:
    """What is not named any more is gone; what is comes back as it was given, but for where its table is."""
    wind, types = _wind(folder), _types(folder)
    store.apply("shop", [wind, types], {"late": {wind.name: ["wind"]}})
    found = {view.name: view for view in store.declared("shop")}
    assert set(found) == {wind.name, types.name}
    for view in (wind, types):
        assert _meaning(found[view.name]) == _meaning(view)
    store.apply("shop", [types])
    assert [view.name for view in store.declared("shop")] == [types.name]


def stores_nothing_of_what_it_computes(store: FeatureStore, folder: Path) -> None:
    """Views that are computed when they are asked for may read stored ones, and change nothing of them."""
    wind = _wind(folder)
    tree = {"call": "multiply", "arguments": [{"column": "request.miles"}, {"column": "wind.wind"}]}
    headwind = OnDemandView(
        name="headwind",
        request=(("miles", "float64"),),
        lookups={wind.name: ("wind", (("wind", "float64"),))},
        program=({"output": "headwind.work", "dtype": "float64", "expression": tree},),
        features=(("work", "float64"),),
    )
    services = {"late": {wind.name: ["wind"], "headwind": ["work"]}}
    store.apply("shop", [wind], services, [headwind])
    assert [view.name for view in store.declared("shop")] == [wind.name]
    assert _historical(store, [_NOON], ["EWR"]) == [1.5]
    store.apply("shop", [wind])
    assert _historical(store, [_NOON], ["EWR"]) == [1.5]


def finds_the_newest_value_at_or_before_the_moment(store: FeatureStore, folder: Path) -> None:
    """To the microsecond, and nothing from after it."""
    store.apply("shop", [_wind(folder)])
    moments = [_NOON - _TICK, _NOON, _NOON + _HOUR - _TICK, _NOON + _HOUR]
    assert _historical(store, moments, ["EWR"] * 4) == [None, 1.5, 1.5, 2.5]


def uses_a_value_up_to_exactly_its_ttl(store: FeatureStore, folder: Path) -> None:
    """At that age it still counts, a microsecond later it does not."""
    store.apply("shop", [_wind(folder)])
    last = _NOON + 3 * _HOUR
    assert _historical(store, [last, last + _TICK], ["JFK", "JFK"]) == [7.0, None]


def keeps_one_row_for_each_row_in_their_order(store: FeatureStore, folder: Path) -> None:
    """However they come: twice the same, or with a key that is null or that nobody knows."""
    wind = _wind(folder)
    store.apply("shop", [wind])
    rows = _asked([_NOON + _HOUR] * 5, ["JFK", None, "EWR", "???", "JFK"])
    found = store.historical("shop", rows.reverse(), {wind.name: ["wind"]})
    assert found.columns == ["row_id", f"{wind.name}__wind"]
    assert found.get_column("row_id").to_list() == [0, 1, 2, 3, 4]
    assert found.get_column(f"{wind.name}__wind").to_list() == [7.0, None, 2.5, None, 7.0]


def gives_declared_types_offline_and_online(store: FeatureStore, folder: Path) -> None:
    """Each type, in a view of two keys, to the last digit; a null stays one. Online equals offline."""
    types = _types(folder)
    store.apply("shop", [types])
    store.materialize("shop", types.name, _EPOCH, _NOON)
    features = {types.name: [name for name, _ in _EVERY_TYPE]}
    keys = pl.DataFrame({"tail": ["N1", "N1", "N2"], "part": [2, 1, 1]})
    rows = keys.with_columns(row_id=pl.Series([0, 1, 2]), predict_at=pl.Series([_NOON] * 3, dtype=_TIME))
    offline = store.historical("shop", rows, features).drop("row_id")
    assert offline.dtypes == [_TYPES[dtype] for _, dtype in _EVERY_TYPE]
    nothing = (None,) * len(_EVERY_TYPE)
    assert offline.rows() == [nothing, _VALUES, nothing]
    online = store.online("shop", features, keys, _NOON + 1_000_000 * _HOUR)
    assert online.equals(pl.concat([keys, offline], how="horizontal")), "online differs from offline"


def loads_the_newest_value_of_a_window(store: FeatureStore, folder: Path) -> None:
    """`materialize` counts the keys; rows asked online keep their order, and unknown keys find nothing."""
    wind = _wind(folder)
    store.apply("shop", [wind])
    asked = ["JFK", None, "EWR", "???", "EWR"]
    assert _online(store, asked, _NOON) == [None] * 5, "something is there before it was loaded"
    assert store.materialize("shop", wind.name, _EPOCH, _NOON + _HOUR / 2) == 2
    assert _online(store, asked, _NOON + _HOUR) == [7.0, None, 1.5, None, 1.5]
    store.materialize("shop", wind.name, _EPOCH, _NOON + _HOUR)
    assert _online(store, asked, _NOON + _HOUR) == [7.0, None, 2.5, None, 2.5]


def gives_no_online_value_older_than_its_ttl(store: FeatureStore, folder: Path) -> None:
    """Counted in whole seconds to the moment that is given, not to the time of day."""
    wind = _wind(folder)
    store.apply("shop", [wind])
    store.materialize("shop", wind.name, _EPOCH, _NOON)
    assert _online(store, ["JFK"], _NOON + 3 * _HOUR) == [7.0]
    assert _online(store, ["JFK"], _NOON + 3 * _HOUR + timedelta(seconds=1)) == [None]


def goes_back_when_the_table_does(store: FeatureStore, folder: Path) -> None:
    """A table that no longer knows a key, or knows it only later, takes the loaded values back."""
    store.apply("shop", [_wind(folder)])
    store.materialize("shop", "wind__1", _EPOCH, _NOON + _HOUR)
    rows = [("LGA", _NOON, 4.0), ("EWR", _NOON + 2 * _HOUR, 5.0)]
    store.apply("shop", [_wind(folder / "later", rows)])
    store.materialize("shop", "wind__1", _EPOCH, _NOON + _HOUR)
    assert _online(store, ["EWR", "JFK", "LGA"], _NOON + _HOUR) == [None, None, 4.0]
    assert _historical(store, [_NOON + _HOUR] * 3, ["EWR", "JFK", "LGA"]) == [None, None, 4.0]


def keeps_what_is_loaded_when_the_same_is_applied(store: FeatureStore, folder: Path) -> None:
    """Applying again is safe at any time."""
    wind = _wind(folder)
    store.apply("shop", [wind])
    store.materialize("shop", wind.name, _EPOCH, _NOON)
    store.apply("shop", [wind])
    assert _online(store, ["JFK", "EWR"], _NOON) == [7.0, 1.5]


def forgets_the_values_of_a_view_that_was_removed(store: FeatureStore, folder: Path) -> None:
    """A view that is declared anew begins with nothing."""
    wind = _wind(folder)
    store.apply("shop", [wind, _types(folder)])
    store.materialize("shop", wind.name, _EPOCH, _NOON)
    store.apply("shop", [_types(folder)])
    store.apply("shop", [wind])
    assert _online(store, ["JFK", "EWR"], _NOON) == [None, None]


def keeps_projects_apart(store: FeatureStore, folder: Path) -> None:
    """Also those whose name ends with another's: what one removes is still there for the other."""
    for project in ("shop", "bookshop"):
        store.apply(project, [_wind(folder)])
        assert _online(store, ["JFK"], _NOON, project) == [None]
        store.materialize(project, "wind__1", _EPOCH, _NOON)
    store.apply("shop", [])
    assert store.declared("shop") == ()
    assert [view.name for view in store.declared("bookshop")] == ["wind__1"]
    assert _online(store, ["JFK", "EWR"], _NOON, "bookshop") == [7.0, 1.5]


def keeps_views_apart_whose_names_run_together(store: FeatureStore, folder: Path) -> None:
    """Of two projects, and of one where long names differ at their end alone."""
    long = "w" * 48
    names = {"shop": ("front_wind__1", f"{long}__1", f"{long}__2"), "shop_front": ("wind__1",)}
    for project, views in names.items():
        tables = [
            _wind(folder / view, [("EWR", _NOON, float(len(view) + n))], view) for n, view in enumerate(views)
        ]
        store.apply(project, tables)
        for view in views:
            store.materialize(project, view, _EPOCH, _NOON)
    for project, views in names.items():
        for number, view in enumerate(views):
            assert _online(store, ["EWR"], _NOON, project, view) == [float(len(view) + number)]
    store.apply("shop_front", [])
    assert _online(store, ["EWR"], _NOON, "shop", "front_wind__1") == [13.0]


def gives_pushed_values_at_once(store: FeatureStore, folder: Path) -> None:
    """Also of a key that the table does not have; but for what is older than what is there."""
    wind = _wind(folder)
    store.apply("shop", [wind])
    store.materialize("shop", wind.name, _EPOCH, _NOON + _HOUR)
    rows = [
        ("EWR", _NOON, 9.0),
        ("JFK", _NOON + 2 * _HOUR, 9.5),
        ("LGA", _NOON + _HOUR, 3.0),
        ("LGA", _NOON, 4.0),
    ]
    assert store.push("shop", wind.name, _pushed(rows)) == 2
    assert _online(store, ["EWR", "JFK", "LGA"], _NOON + 2 * _HOUR) == [2.5, 9.5, 3.0]
    assert store.push("shop", wind.name, _pushed([("JFK", _NOON + 2 * _HOUR - _TICK, 1.0)])) == 0
    assert store.push("shop", wind.name, _pushed([("JFK", _NOON + 2 * _HOUR, None)])) == 1
    assert _online(store, ["EWR", "JFK", "LGA"], _NOON + 2 * _HOUR) == [2.5, None, 3.0]
    assert _historical(store, [_NOON + 2 * _HOUR], ["JFK"]) == [7.0], "training sees what was pushed"


def keeps_pushed_values_until_the_table_has_newer_ones(store: FeatureStore, folder: Path) -> None:
    """Loading the same table loses nothing; a table that is as new as a pushed value takes its place."""
    wind, keys, after = _wind(folder), ["EWR", "JFK", "LGA"], _NOON + 2 * _HOUR
    store.apply("shop", [wind])
    store.push("shop", wind.name, _pushed([(key, after, 9.0) for key in keys]))
    for until in (_NOON, _NOON + _HOUR):
        store.materialize("shop", wind.name, _EPOCH, until)
        assert _online(store, keys, after) == [9.0] * 3
    rows = [*_WIND, ("EWR", after, 5.0), ("JFK", after - _TICK, 6.0)]
    store.apply("shop", [_wind(folder / "later", rows)])
    store.materialize("shop", wind.name, _EPOCH, after)
    assert _online(store, keys, after) == [5.0, 9.0, 9.0]
    waiting = store.pushed("shop", wind.name)
    assert waiting is not None
    assert sorted(waiting.get_column("origin")) == ["JFK", "LGA"]
    store.apply("shop", [])
    store.apply("shop", [wind])
    assert store.pushed("shop", wind.name) is None
    store.materialize("shop", wind.name, _EPOCH, _NOON)
    assert _online(store, keys, _NOON) == [1.5, 7.0, None]


def takes_pushed_values_of_every_type(store: FeatureStore, folder: Path) -> None:
    """To the last digit; and a row of nothing but nulls takes the values back."""
    types = _types(folder)
    store.apply("shop", [types])
    columns = [*types.keys, ("event_timestamp", "timestamp"), *types.features]
    schema = [(name, _TYPES[dtype]) for name, dtype in columns]
    features = {types.name: [name for name, _ in types.features]}
    keys = pl.DataFrame({"tail": ["N3"], "part": [7]})
    for hour, values in enumerate((_VALUES, (None,) * len(_VALUES))):
        row = pl.DataFrame([("N3", 7, _NOON + hour * _HOUR, *values)], schema=schema, orient="row")
        assert store.push("shop", types.name, row) == 1
        assert store.online("shop", features, keys, _NOON).drop("tail", "part").rows() == [values]


CONTRACTS: tuple[Contract, ...] = (
    has_nothing_before_the_first_apply,
    declares_exactly_what_was_applied_last,
    stores_nothing_of_what_it_computes,
    finds_the_newest_value_at_or_before_the_moment,
    uses_a_value_up_to_exactly_its_ttl,
    keeps_one_row_for_each_row_in_their_order,
    gives_declared_types_offline_and_online,
    loads_the_newest_value_of_a_window,
    gives_no_online_value_older_than_its_ttl,
    goes_back_when_the_table_does,
    keeps_what_is_loaded_when_the_same_is_applied,
    forgets_the_values_of_a_view_that_was_removed,
    keeps_projects_apart,
    keeps_views_apart_whose_names_run_together,
    gives_pushed_values_at_once,
    keeps_pushed_values_until_the_table_has_newer_ones,
    takes_pushed_values_of_every_type,
)

_VALUES = (2**53 - 1, 0.1, True, "Airbus é", _NOON, date(1999, 5, 1))


def _wind(folder: Path, rows: Sequence[tuple[Any, ...]] = _WIND, name: str = "wind__1") -> ViewTable:
    """`wind` of an airport, which holds for three hours."""
    keys, features = (("origin", "string"),), (("wind", "float64"),)
    return _view(folder, name, keys, features, rows, int(3 * _HOUR.total_seconds()))


def _types(folder: Path) -> ViewTable:
    """A feature of each type by two keys, known for ever; of one part there are only nulls."""
    rows = [("N1", 1, _EPOCH, *_VALUES), ("N1", 2, _EPOCH, *(None,) * len(_VALUES))]
    return _view(folder, "types__1", (("tail", "string"), ("part", "int64")), _EVERY_TYPE, rows, None)


def _view(
    folder: Path,
    name: str,
    keys: tuple[tuple[str, str], ...],
    features: tuple[tuple[str, str], ...],
    rows: Sequence[tuple[Any, ...]],
    ttl_seconds: int | None,
) -> ViewTable:
    folder.mkdir(exist_ok=True)
    columns = [*keys, ("event_timestamp", "timestamp"), *features]
    schema = [(column, _TYPES[dtype]) for column, dtype in columns]
    table = pl.DataFrame(list(rows), schema=schema, orient="row")
    path = folder / f"{name}.parquet"
    table.with_columns(created_timestamp=pl.col("event_timestamp")).write_parquet(path)
    return ViewTable(
        name=name,
        entity=keys[0][0],
        keys=keys,
        features=features,
        path=path,
        ttl_seconds=ttl_seconds,
        description=f"What {name} is.",
        tags={"made": "here"},
        owner="somebody",
        version=f"version of {name}",
    )


def _meaning(view: ViewTable) -> tuple[Any, ...]:
    """Everything but where the table is."""
    return (
        *(view.name, view.entity, view.keys, view.features, view.ttl_seconds),
        *(view.description, view.tags, view.owner, view.version),
    )


def _pushed(rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    schema = {"origin": pl.String(), "event_timestamp": _TIME, "wind": pl.Float64()}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _asked(moments: Sequence[datetime], origins: Sequence[str | None]) -> pl.DataFrame:
    rows = pl.DataFrame(
        {"predict_at": list(moments), "origin": list(origins)}, schema_overrides={"predict_at": _TIME}
    )
    return rows.with_row_index("row_id").with_columns(pl.col("row_id").cast(pl.Int64))


def _historical(
    store: FeatureStore, moments: Sequence[datetime], origins: Sequence[str]
) -> list[float | None]:
    found = store.historical("shop", _asked(moments, origins), {"wind__1": ["wind"]})
    return found.get_column("wind__1__wind").to_list()


def _online(
    store: FeatureStore,
    origins: Sequence[str | None],
    now: datetime,
    project: str = "shop",
    view: str = "wind__1",
) -> list[float | None]:
    keys = pl.DataFrame({"origin": list(origins)}, schema={"origin": pl.String})
    found = store.online(project, {view: ["wind"]}, keys, now)
    assert found.get_column("origin").to_list() == list(origins), "online changed the order of the rows"
    return found.get_column(f"{view}__wind").to_list()
