"""The online store through Feast: what a service reads is what was materialized, with its age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from mlcycle.serving.lookups import Found
from mlcycle.serving.online import FeastOnline
from mlcycle.serving.online_addresses import online_address
from mlcycle.steps.manifest import Feature, Lookup
from tests.adapters.feast_support import EPOCH, HOUR, NOON, make_view
from tests.support.servers import ONLINE, PASSWORD

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Feast's imports warn of their own dependencies
]

FEATURES = {"count": "int64", "rate": "float64", "flag": "bool", "word": "string", "at": "timestamp"}
NAIVE = NOON.replace(tzinfo=None)

WEATHER = Lookup(
    view="weather",
    store_name="weather__1",
    keys=("origin",),
    features=tuple(Feature(name=name, dtype=dtype) for name, dtype in FEATURES.items()),  # type: ignore[arg-type]
    ttl_seconds=3600,
)
ROUTE = Lookup(
    view="route",
    store_name="route__1",
    keys=("gate",),
    features=(Feature(name="metres", dtype="float64"),),
)


@dataclass(frozen=True)
class Applied:
    """A repository, and how its online store is reached."""

    folder: Path
    store: FeastFeatureStore
    password: str | None


@pytest.fixture(scope="module", params=ONLINE)
def applied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Applied:
    folder = tmp_path_factory.mktemp("feast")
    block, password = None, None
    if request.param != "sqlite":
        address = online_address(request.getfixturevalue(request.param).database())
        assert address is not None
        block, password = address.block, address.password
    rows = [
        ("JFK", EPOCH, None, None, None, None, None),
        ("JFK", NOON - HOUR, 1, 0.5, False, "old", NOON),
        ("JFK", NOON, 2, 0.25, True, "new", NOON),
        ("EWR", NOON - HOUR, 7, None, None, "", None),
    ]
    weather = make_view(folder, "weather__1", {"origin": "string"}, FEATURES, rows, ttl=HOUR)
    route = make_view(folder, "route__1", {"gate": "int64"}, {"metres": "float64"}, [(4, EPOCH, 40.0)])
    store = FeastFeatureStore(folder / "home", block, password)
    found = store.apply("flights", [weather, route])
    for view in (weather, route):
        store.materialize("flights", view.name, EPOCH - HOUR, NOON + HOUR)
    return Applied(found, store, password)


@pytest.fixture(scope="module")
def online(applied: Applied) -> FeastOnline:
    store = FeastOnline(applied.folder, applied.password)
    store.warm_up((WEATHER, ROUTE))
    return store


def test_values_and_the_moment_they_became_available(online: FeastOnline) -> None:
    ((jfk, nowhere, ewr), (four, five)) = online.read(
        [
            (WEATHER, [{"origin": "JFK"}, {"origin": "XXX"}, {"origin": "EWR"}]),
            (ROUTE, [{"gate": 4}, {"gate": 5}]),
        ]
    )
    values = {"count": 2, "rate": 0.25, "flag": True, "word": "new", "at": NAIVE}
    assert jfk == Found(values=values, at=NAIVE)
    assert nowhere is None
    missing = {"count": 7, "rate": None, "flag": None, "word": "", "at": None}
    assert ewr == Found(values=missing, at=NAIVE - timedelta(hours=1))
    assert four == Found(values={"metres": 40.0}, at=datetime(1970, 1, 1))
    assert five is None


def test_the_same_key_twice_and_no_key_at_all(online: FeastOnline) -> None:
    ((first, second), nothing) = online.read([(ROUTE, [{"gate": 4}, {"gate": 4}]), (WEATHER, [])])
    assert first == second
    assert not nothing


def test_views_share_a_call_only_where_their_keys_agree(online: FeastOnline) -> None:
    jfk, ewr = {"origin": "JFK"}, {"origin": "EWR"}
    ((one,), (other,), (four,)) = online.read([(WEATHER, [jfk]), (WEATHER, [ewr]), (ROUTE, [{"gate": 4}])])
    assert one is not None
    assert other is not None
    assert four is not None
    assert (one.values["count"], other.values["count"], four.values["metres"]) == (2, 7, 40.0)


def test_the_service_reads_what_the_store_reads(online: FeastOnline, applied: Applied) -> None:
    keys = pl.DataFrame({"origin": ["JFK", "EWR"]})
    read = applied.store.online("flights", {"weather__1": ["count", "rate"]}, keys, NOON)
    (found,) = online.read([(WEATHER, [{"origin": "JFK"}, {"origin": "EWR"}])])
    assert [one.values["count"] for one in found if one] == read["weather__1__count"].to_list()
    assert [one.values["rate"] for one in found if one] == read["weather__1__rate"].to_list()


def test_what_is_pushed_is_read_at_once_by_who_has_the_store_open(
    online: FeastOnline, applied: Applied
) -> None:
    ((before,),) = online.read([(ROUTE, [{"gate": 9}])])
    assert before is None
    schema = {"gate": pl.Int64, "event_timestamp": pl.Datetime("us", "UTC"), "metres": pl.Float64}
    applied.store.push("flights", "route__1", pl.DataFrame([(9, NOON, 90.0)], schema=schema, orient="row"))
    ((found,),) = online.read([(ROUTE, [{"gate": 9}])])
    assert found == Found(values={"metres": 90.0}, at=NAIVE)


def test_a_view_that_the_store_does_not_have_is_an_error(applied: Applied) -> None:
    store = FeastOnline(applied.folder, applied.password)
    with pytest.raises(Exception, match="other__1"):
        store.warm_up(
            [Lookup(view="other", store_name="other__1", keys=("origin",), features=WEATHER.features)]
        )


def test_a_store_that_went_away_is_an_error(tmp_path: Path) -> None:
    view = make_view(tmp_path, "route__1", {"gate": "int64"}, {"metres": "float64"}, [(4, EPOCH, 40.0)])
    repository = FeastFeatureStore(tmp_path / "home").apply("flights", [view])
    (repository / "online.db").unlink()
    store = FeastOnline(repository)
    with pytest.raises(Exception, match=r"online|table|unable"):
        store.warm_up((ROUTE,))


@pytest.mark.parametrize("server", ONLINE[1:])
def test_a_service_without_the_password_is_refused(
    server: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    address = online_address(request.getfixturevalue(f"{server}_url"))
    assert address is not None
    view = make_view(tmp_path, "route__1", {"gate": "int64"}, {"metres": "float64"}, [(4, EPOCH, 40.0)])
    repository = FeastFeatureStore(tmp_path / "home", address.block, address.password).apply("shop", [view])
    assert PASSWORD not in "".join(path.read_text("latin1") for path in repository.glob("*.*"))
    with pytest.raises(Exception, match="password"):
        FeastOnline(repository).warm_up((ROUTE,))
