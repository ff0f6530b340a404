"""What an online store has lost is noticed, told, and loaded again: that and no more."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mlcycle import composition
from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.engine.decisions import Rebuild
from mlcycle.engine.runner import Runner
from mlcycle.engine.selection import Options
from mlcycle.language.workspace import LOCAL, Environment
from mlcycle.projects import compile_specs
from mlcycle.serving.online import FeastOnline
from mlcycle.serving.online_addresses import online_address
from mlcycle.steps.manifest import Feature, Lookup
from tests.support.command import mlcycle
from tests.support.running import run
from tests.support.servers import Server, free_port
from tests.support.small import execute_here

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("servers"),  # which runs commands and has a Redis and a PostgreSQL
    pytest.mark.filterwarnings("ignore"),  # Feast's imports warn of their own dependencies
]

SPEC = """\
mlcycle: 1
sources:
  sales:
    kind: csv
    path: data/sales.csv
    timestamp: at
    columns: {shop: {}, at: {}, day: {}, price: {}, number: {dtype: int64}}
entities: {shop: shop, delivery: [number, day]}
feature_views:
  prices: {source: sales, entity: shop, columns: [price]}
  loads: {source: sales, entity: delivery, columns: [price]}
"""
SALES = "shop,at,day,price,number\na,2024-03-10T10:00:00Z,first,1.5,7\nb,2024-03-10T11:00:00Z,second,2.5,8\n"
VIEWS = ("loads", "prices")
UNTIL = Options(until=tuple(f"online/{name}" for name in VIEWS))
PLACE = replace(LOCAL, now="2024-03-10T15:00:00+00:00")


@dataclass(frozen=True)
class Shop:
    """A project whose views are loaded, in an environment."""

    root: Path
    place: Environment

    @classmethod
    def loaded(cls, root: Path, online: str = LOCAL.online_store) -> Shop:
        for name, text in (("data/sales.csv", SALES), ("specs/shop.yaml", SPEC)):
            (root / name).parent.mkdir(parents=True)
            (root / name).write_text(text)
        (root / "mlcycle.yaml").write_text(
            f"mlcycle: 1\nspecs: [specs/*.yaml]\nenvironments: {{local: {{now: '{PLACE.now}'}}}}\n"
        )
        made = cls(root, replace(PLACE, online_store=online))
        assert {"feature_store", "online/prices", "online/loads"} < made.run()
        return made

    @property
    def repository(self) -> Path:
        return self.root / ".mlcycle/feast/shop"

    def runner(self) -> Runner:
        (graph,) = compile_specs(self.root, ("specs/shop.yaml",))
        return composition.runner(graph, self.place, self.root)

    def plan(self) -> dict[str, list[str]]:
        """The nodes that are not kept, and why."""
        steps = self.runner().plan(UNTIL).steps
        return {
            step.node.name.removeprefix("shop/"): [str(reason) for reason in step.decision.reasons]
            for step in steps
            if isinstance(step.decision, Rebuild)
        }

    def run(self) -> set[str]:
        """The nodes that a run built; it keeps the others."""
        nodes = run(self.runner(), UNTIL, execute=execute_here).nodes
        assert {ran.status for ran in nodes} <= {"built", "reused"}
        return {ran.node.name.removeprefix("shop/") for ran in nodes if ran.status == "built"}

    def opened(self) -> FeastOnline:
        """The store as a service has it."""
        address = online_address(self.place.online_store)
        return FeastOnline(self.repository, address.password if address else None)

    def lookups(self) -> tuple[Lookup, Lookup]:
        names = {view.name.partition("__")[0]: view.name for view in self.stored()}
        return (
            Lookup(view="prices", store_name=names["prices"], keys=("shop",), features=(_PRICE,)),
            Lookup(view="loads", store_name=names["loads"], keys=("number", "day"), features=(_PRICE,)),
        )

    def ready(self) -> bool:
        """Whether a service that is started now can read, and finds what is known."""
        store, views = self.opened(), self.lookups()
        try:
            store.warm_up(views)
        except Exception:
            return False
        return prices(store, views) == [2.5, 2.5]

    def stored(self) -> Any:
        return composition.ports(self.place, self.root).feature_store.declared("shop")

    def table(self, view: str) -> str:
        (name,) = (one.name for one in self.stored() if one.name.startswith(f"{view}__"))
        return str(name)


def prices(store: FeastOnline, views: tuple[Lookup, Lookup]) -> list[Any]:
    """What each view knows; nothing of one that knows nothing."""
    found = store.read(list(zip(views, ([{"shop": "b"}], [{"number": 8, "day": "second"}]), strict=True)))
    return [row.values["price"] for rows in found for row in rows if row]


_PRICE = Feature(name="price", dtype="float64")


def gone(*views: str) -> dict[str, list[str]]:
    return {
        f"online/{view}": [f"the online store has no values of the view `{view}` any more"] for view in views
    }


def mends(shop: Shop, expected: dict[str, list[str]]) -> None:
    """The plan says `expected`, a run does it and nothing else, and then nothing is to be done."""
    assert not shop.ready()
    restores(shop, expected)


def restores(shop: Shop, expected: dict[str, list[str]]) -> None:
    assert shop.plan() == expected
    assert shop.run() == set(expected)
    assert shop.ready()
    assert shop.plan() == {}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop.loaded(tmp_path_factory.mktemp("shop"))


def test_a_file_that_was_removed(local: Shop) -> None:
    (local.repository / "online.db").unlink()
    assert local.plan() == gone(*VIEWS)
    assert not (local.repository / "online.db").exists(), "looking made the file"
    mends(local, gone(*VIEWS))
    assert (local.repository / "online.db").stat().st_mode & 0o777 == 0o600


def test_the_command_says_it_and_loads_it(local: Shop) -> None:
    (local.repository / "online.db").unlink()
    said = mlcycle(local.root, "plan", "specs/shop.yaml").stdout
    assert all(reason in said for (reason,) in gone(*VIEWS).values()), said
    assert not (local.repository / "online.db").exists()
    until = [word for view in VIEWS for word in ("--until", f"online/{view}")]
    done = mlcycle(local.root, "run", "specs/shop.yaml", *until)
    assert done.returncode == 0, done.stderr
    assert "6 nodes" in done.stderr, done.stderr
    assert "2 built, 4 reused" in done.stderr
    assert (local.ready(), local.plan()) == (True, {})


def test_views_that_only_earlier_versions_read_are_loaded_again_as_they_were(tmp_path: Path) -> None:
    shop = Shop.loaded(tmp_path)
    earlier = shop.table("prices")
    spec = shop.root / "specs/shop.yaml"
    spec.write_text(SPEC.replace("shop, columns: [price]", "shop, columns: [price, number]"))
    shop.run()
    names = {view.name for view in shop.stored()}
    assert earlier in names
    assert len(names) == 3
    assert shop.plan() == {}
    (shop.repository / "online.db").unlink()
    said = f"the online store has no values of `{earlier}` any more, for earlier versions"
    expected = {"feature_store": [said], **gone(*VIEWS)}
    assert shop.plan() == expected
    assert shop.run() == set(expected)
    assert shop.plan() == {}
    old = Lookup(view="prices", store_name=earlier, keys=("shop",), features=(_PRICE,))
    ((found,),) = shop.opened().read([(old, [{"shop": "b"}])])
    assert found is not None
    assert found.values == {"price": 2.5}


def test_a_service_that_runs_reads_the_file_that_was_made_again(local: Shop) -> None:
    running, views = local.opened(), local.lookups()
    running.warm_up(views)
    file = local.repository / "online.db"
    file.unlink()
    assert prices(running, views) == [2.5, 2.5]
    local.run()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f'delete from "shop_{local.table("prices")}"')
    assert prices(running, views) == [2.5]
    local.run()
    assert prices(running, views) == [2.5, 2.5]


@pytest.mark.parametrize("statement", ["drop table", "delete from"])
def test_a_table_that_was_dropped_or_emptied(local: Shop, statement: str) -> None:
    file, table = local.repository / "online.db", local.table("prices")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f'{statement} "shop_{table}"')
    was = file.read_bytes()
    assert local.plan() == gone("prices")
    assert file.read_bytes() == was
    mends(local, gone("prices"))


def test_a_file_that_was_emptied(local: Shop) -> None:
    (local.repository / "online.db").write_bytes(b"")
    mends(local, gone(*VIEWS))


def test_a_folder_that_was_removed(local: Shop) -> None:
    """The declarations are in it as well: without them nothing could be loaded."""
    views = local.stored()
    assert len(views) == len(VIEWS)
    before = local.repository
    shutil.move(before, before.with_name("away"))
    expected = {"feature_store": ["the feature store does not declare `loads`, `prices` any more"]}
    assert local.plan() == {**expected, **gone(*VIEWS)}
    assert not before.exists()
    restores(local, {**expected, **gone(*VIEWS)})


def test_a_file_that_cannot_be_read_has_lost_nothing(local: Shop) -> None:
    file = local.repository / "online.db"
    was = file.read_bytes()
    file.write_bytes(b"no database " * 1_000)
    try:
        with pytest.raises(Refused) as refused:
            local.plan()
    finally:
        file.write_bytes(was)
    (told,) = refused.value.diagnostics
    assert (told.code, "file is not a database" in told.message) == ("MLC754", True)


def test_what_is_loaded_anyway_is_not_asked_for(local: Shop) -> None:
    place = replace(local.place, online_store=f"redis://127.0.0.1:{free_port()}")
    elsewhere = replace(local, place=place)
    said = f"the online store is another: .mlcycle/online.db -> {place.online_store}"
    assert elsewhere.plan() == {name: [said] for name in ("feature_store", *gone(*VIEWS))}


@pytest.fixture(scope="module")
def in_redis(tmp_path_factory: pytest.TempPathFactory, redis: Server) -> Shop:
    return Shop.loaded(tmp_path_factory.mktemp("redis"), redis.database())


class TestRedis:
    """Values are keys of Redis's own, which several views share."""

    def test_keys_that_were_removed(self, in_redis: Shop) -> None:
        from redis import Redis

        with Redis.from_url(in_redis.place.online_store) as client:
            found = [key for key in client.scan_iter("*") if b"shop" in key and b"delivery" not in key]
            keys = [key for key in found if client.hexists(key, f"_ts:{in_redis.table('loads')}")]
            assert len(keys) == 2
            client.delete(*keys)
        mends(in_redis, gone("loads"))

    def test_a_database_that_was_flushed(self, in_redis: Shop) -> None:
        from redis import Redis

        with Redis.from_url(in_redis.place.online_store) as client:
            client.flushdb()
            assert in_redis.plan() == gone(*VIEWS)
            assert client.dbsize() == 0
        mends(in_redis, gone(*VIEWS))

    def test_one_that_cannot_be_reached_has_lost_nothing(self, in_redis: Shop) -> None:
        _unreachable(in_redis)


@pytest.fixture(scope="module")
def in_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Shop:
    return Shop.loaded(tmp_path_factory.mktemp("postgres"), postgres.database())


class TestPostgres:
    """Values are tables with names of our own."""

    @pytest.mark.parametrize("statement", ["drop table", "truncate"])
    def test_a_table_that_was_dropped_or_emptied(self, in_postgres: Shop, statement: str) -> None:
        import psycopg

        with psycopg.connect(in_postgres.place.online_store) as connection:
            found = connection.execute("select tablename from pg_tables where tablename like '%loads%'")
            ((table,),) = found.fetchall()
            connection.execute(f'{statement} "{table}"')
        mends(in_postgres, gone("loads"))

    def test_one_that_cannot_be_reached_has_lost_nothing(self, in_postgres: Shop) -> None:
        _unreachable(in_postgres)


def _unreachable(shop: Shop) -> None:
    """The server is at another port than it was: its name is the same to who compares names alone."""
    url = shop.place.online_store
    dead = url.replace(url.rpartition("@")[2].partition("/")[0], f"127.0.0.1:{free_port()}")
    made = shop.runner()
    broken = composition.settings(replace(shop.place, online_store=dead), shop.root)
    aside = replace(made, settings=replace(broken, online_store=made.settings.online_store))
    with pytest.raises(Refused) as refused:
        aside.plan(UNTIL)
    (told,) = refused.value.diagnostics
    assert told.code == "MLC754"
    assert "@" not in told.message
