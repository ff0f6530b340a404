"""Features of the request in Feast: the same values as a model package computes, and no pickle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from mlcycle.adapters.feast.values import from_feast, polars_type
from mlcycle.emit.feast_declared import on_demand_views
from mlcycle.kinds.features.holidays_resolved import resolve
from mlcycle.kinds.sources.arrays import to_series
from mlcycle.serving import feast_library
from mlcycle.serving.online import FeastOnline
from mlcycle.steps.columns import Picker
from mlcycle.steps.manifest import Feature, Lookup
from mlcycle.steps.program import parse_program, run_program
from tests.adapters.feast_support import EPOCH, NOON, asked, feast_command, make_view
from tests.support.parcels import DEPOTS, ROWS, Parcels, parcels

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Shop:
    """The applied repository of a project, its tables loaded."""

    project: Parcels
    folder: Path
    apply: Callable[[], Path]
    table: str

    def feast(self) -> Any:
        return feast_library.load().FeatureStore(repo_path=str(self.folder))

    @property
    def dtypes(self) -> dict[str, str]:
        """Each feature of the model, by its full name in Feast."""
        shown = {"depot_facts": self.table, "crosses.capacity": "crosses__crosses_capacity"}
        found = {}
        for feature in self.project.dataset.config["features"]:
            view, _, name = feature["name"].partition(".")
            found[shown.get(feature["name"], f"{shown.get(view, view)}__{name}")] = feature["dtype"]
        return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("parcels")
    project = parcels(folder)
    config = project.view.config
    made = make_view(
        folder,
        config["store_name"],
        {key["name"]: key["dtype"] for key in config["keys"]},
        {feature["name"]: feature["dtype"] for feature in config["features"]},
        DEPOTS,
    )
    table = replace(made, tags={"view": "depot_facts"})
    store = FeastFeatureStore(folder / "home")
    services = project.store.config["services"]

    def apply() -> Path:
        return store.apply("parcels", [table], services, on_demand_views(project.store))

    applied = apply()
    store.materialize("parcels", table.name, EPOCH, NOON)
    return Shop(project=project, folder=applied, apply=apply, table=table.name)


def computed_by_steps(shop: Shop) -> dict[str, list[Any]]:
    """The features of the rows, read and computed as a service does: as of JSON, by a package's program."""
    config = shop.project.dataset.config
    (lookup,) = config["lookups"]
    known = {
        row[0]: dict(zip((f["name"] for f in lookup["features"]), row[2:], strict=True)) for row in DEPOTS
    }
    request = Picker((c["name"], f"request.{c['name']}", c["dtype"]) for c in config["request"])
    looked_up = Picker((f["name"], f"depot_facts.{f['name']}", f["dtype"]) for f in lookup["features"])
    columns = request.columns(ROWS) | looked_up.columns([known.get(row["depot"], {}) for row in ROWS])
    everything = {**columns, **run_program(parse_program(resolve(config["program"])), columns)}
    return {
        name: as_stored(to_series(name, everything[feature["name"]], feature["dtype"])).to_list()
        for name, feature in zip(shop.dtypes, config["features"], strict=True)
    }


def as_stored(values: pl.Series) -> pl.Series:
    """Dates as moments, which is what Feast has for them."""
    return values.cast(pl.Datetime("us", "UTC")) if values.dtype == pl.Date else values


def as_request(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as Feast is asked about it: the entity's key by its name, the columns as those of the request.

    A day is midnight, UTC.
    """
    due = row["due"] and datetime.combine(row["due"], time(), UTC)
    return {
        "depot": row["depot"],
        **{f"request.{name}": value for name, value in {**row, "due": due}.items()},
    }


def test_online_features_of_a_model_are_what_its_package_computes(shop: Shop) -> None:
    feast = shop.feast()
    response = feast.get_online_features(
        features=feast.get_feature_service("late"),
        entity_rows=[as_request(row) for row in ROWS],
        full_feature_names=True,
    ).to_dict()
    assert {*response} == {"depot", *shop.dtypes}
    expected = computed_by_steps(shop)
    for name, dtype in shop.dtypes.items():
        found = as_stored(from_feast(response[name], polars_type(dtype)))
        assert found.to_list() == expected[name], name
    assert expected["parcel__holiday"] == [True, None, False, True]
    assert expected["crosses__crosses_capacity"] == [10, None, None, None]


def test_historical_features_of_a_model_are_what_its_package_computes(shop: Shop) -> None:
    feast = shop.feast()
    asked = pl.DataFrame([as_request(row) for row in ROWS], infer_schema_length=None)
    found = feast.get_historical_features(
        entity_df=asked.with_columns(event_timestamp=pl.lit(NOON)).to_pandas(),
        features=feast.get_feature_service("late"),
        full_feature_names=True,
    ).to_arrow()
    table = pl.DataFrame(pl.from_arrow(found))
    assert {*table.columns} == {*asked.columns, "event_timestamp", *shop.dtypes}
    for name, values in computed_by_steps(shop).items():
        column = table.get_column(name)
        assert column.to_list() == values, name
        dtype = as_stored(pl.Series([], dtype=polars_type(shop.dtypes[name]))).dtype
        assert column.dtype == dtype, name


def test_short_names_are_enough_for_one_view(shop: Shop) -> None:
    response = shop.feast().get_online_features(
        features=["crosses:load", "crosses:crosses_capacity"],
        entity_rows=[{"depot": "north", "request.weight": 12.5, "request.note": "x", "request.pieces": 1}],
    )
    assert response.to_dict() == {"depot": ["north"], "load": [2.5], "crosses_capacity": [10]}


def test_a_column_that_is_not_given_is_named(shop: Shop) -> None:
    feast_library.load()
    from feast.errors import RequestDataNotFoundInEntityRowsException as NotGiven

    with pytest.raises(NotGiven, match=r"request\.note"):
        shop.feast().get_online_features(
            features=["crosses:load"],
            entity_rows=[{"depot": "north", "request.weight": 1.0, "request.pieces": 1}],
        )


def test_views_say_what_they_are_and_whose(shop: Shop) -> None:
    view = shop.feast().get_on_demand_feature_view("parcel")
    assert view.description == 'What is "known" of a parcel (when it is sent).'
    assert (view.owner, view.tags) == ("counters", {"view": "parcel"})
    assert shop.feast().get_on_demand_feature_view("crosses").owner == "shipping"
    assert shop.feast().get_feature_view(shop.table).tags == {"view": "depot_facts"}


def test_nothing_is_pickled_into_the_registry_or_out_of_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    feast_library.load()
    import dill

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a pickle is read")

    for name in ("load", "loads"):
        monkeypatch.setattr(dill, name, refuse)
    kept = (shop.folder / "registry.pb").read_bytes()
    assert bodies(kept) == [b""] * 4  # two views, and Feast's note of the first version of each
    assert b"dill" not in kept
    shop.apply()
    assert len(shop.feast().list_on_demand_feature_views()) == 2


def bodies(registry: bytes) -> list[bytes]:
    """What Feast would unpickle of on-demand views."""
    from feast.protos.feast.core.OnDemandFeatureView_pb2 import OnDemandFeatureView
    from feast.protos.feast.core.Registry_pb2 import Registry

    read = Registry.FromString(registry)
    earlier = (
        OnDemandFeatureView.FromString(record.feature_view_proto)
        for record in read.feature_view_version_history.records
        if record.feature_view_type == "on_demand_feature_view"
    )
    views = (*read.on_demand_feature_views, *earlier)
    return [view.spec.feature_transformation.user_defined_function.body for view in views]


def test_training_and_services_make_no_function_of_what_is_computed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They ask for what is stored, and take no longer for the rest."""
    feast_library.load()
    from feast import OnDemandFeatureView

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a function is made")

    monkeypatch.setattr(OnDemandFeatureView, "from_proto", refuse)
    store, wanted = FeastFeatureStore(shop.folder.parent), {shop.table: ["capacity"]}
    rows = asked([NOON], depot=["north"])
    assert store.historical("parcels", rows, wanted).get_column(f"{shop.table}__capacity").to_list() == [5]
    online = store.online("parcels", wanted, rows.select("depot"), NOON)
    assert online.get_column(f"{shop.table}__capacity").to_list() == [5]
    capacity = Feature(name="capacity", dtype="int64")
    view = Lookup(view="depot_facts", store_name=shop.table, keys=("depot",), features=(capacity,))
    ((found,),) = FeastOnline(shop.folder).read([(view, [{"depot": "north"}])])
    assert found is not None
    assert found.values == {"capacity": 5}


@pytest.mark.filterwarnings("ignore:On demand feature view is an experimental feature:RuntimeWarning")
def test_applying_again_finds_nothing_to_do_for_them(shop: Shop) -> None:
    def versions() -> list[tuple[str, Any, Any]]:
        views = shop.feast().list_on_demand_feature_views()
        return sorted((view.name, view.current_version_number, view.udf_string) for view in views)

    before = (versions(), len(bodies((shop.folder / "registry.pb").read_bytes())))
    shop.apply()
    assert (versions(), len(bodies((shop.folder / "registry.pb").read_bytes()))) == before
    told = feast_command(shop.folder, "apply")
    assert told.exit_code == 0, told.output
    assert "on demand feature view" not in told.output
    assert (versions(), len(bodies((shop.folder / "registry.pb").read_bytes()))) == before


def test_the_command_of_feast_lists_them(shop: Shop) -> None:
    told = feast_command(shop.folder, "on-demand-feature-views", "list")
    assert told.exit_code == 0, told.output
    assert sorted(told.output.split()) == ["NAME", "crosses", "parcel"]
