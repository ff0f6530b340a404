"""Our online store in PostgreSQL where the server is slow, goes away, or keeps another time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from mlcycle.serving.online import FeastOnline
from mlcycle.serving.postgres_address import postgres_address
from mlcycle.steps.manifest import Feature, Lookup
from tests.adapters.feast_support import EPOCH, NOON, make_view
from tests.support.servers import POSTGRES

pytestmark = [pytest.mark.slow, *POSTGRES[1:]]

ROUTE = Lookup(
    view="route",
    store_name="route__1",
    keys=("gate",),
    features=(Feature(name="metres", dtype="float64"), Feature(name="name", dtype="string")),
)
SESSIONS = "select count(*) from pg_stat_activity where datname = current_database()"
TERMINATE = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)
TABLES = "select tablename from pg_tables where schemaname = 'public'"

Make = Callable[[str], FeastFeatureStore]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def store(url: str) -> FeastFeatureStore:
        address = postgres_address(url)
        return FeastFeatureStore(tmp_path / "home", address.block, address.password)

    return store


def loaded(store: FeastFeatureStore, folder: Path) -> Path:
    features = {"metres": "float64", "name": "string"}
    view = make_view(folder, "route__1", {"gate": "int64"}, features, [(4, NOON, 40.0, "A")])
    repository = store.apply("shop", [view])
    store.materialize("shop", view.name, EPOCH, NOON)
    return repository


def metres(online: FeastOnline) -> float | None:
    ((found,),) = online.read([(ROUTE, [{"gate": 4}])])
    return found.values["metres"] if found is not None else None


def online(repository: Path, url: str) -> FeastOnline:
    return FeastOnline(repository, postgres_address(url).password)


def test_times_are_utc_whatever_the_database_keeps(postgres_url: str, make: Make, tmp_path: Path) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"alter database {connection.info.dbname} set timezone to 'America/New_York'")
    repository = loaded(make(postgres_url), tmp_path)
    ((found,),) = online(repository, postgres_url).read([(ROUTE, [{"gate": 4}])])
    assert found is not None
    assert found.at == NOON.replace(tzinfo=None)


def test_an_answer_that_does_not_come_is_waited_for_so_long(
    postgres_url: str, make: Make, tmp_path: Path
) -> None:
    url = f"{postgres_url}?timeout=0.3"
    repository = loaded(make(url), tmp_path)
    reader = online(repository, url)
    assert metres(reader) == 40.0
    with psycopg.connect(postgres_url) as other:
        ((table,),) = other.execute(TABLES).fetchall()
        other.execute(f'lock table "{table}" in access exclusive mode')
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            metres(reader)
        assert time.monotonic() - began < 15, "it waits as long as it would by itself"
    assert metres(reader) == 40.0, "it does not recover"


def test_a_connection_that_broke_is_replaced(postgres_url: str, make: Make, tmp_path: Path) -> None:
    reader = online(loaded(make(postgres_url), tmp_path), postgres_url)
    assert metres(reader) == 40.0
    with psycopg.connect(postgres_url, autocommit=True) as other:
        assert other.execute(TERMINATE).fetchall()
        while other.execute(SESSIONS).fetchone() != (1,):
            pass  # the server ends them in its own time
    assert metres(reader) == 40.0


def test_one_worker_keeps_one_connection(postgres_url: str, make: Make, tmp_path: Path) -> None:
    reader = online(loaded(make(postgres_url), tmp_path), postgres_url)
    for _ in range(3):
        assert metres(reader) == 40.0
    with psycopg.connect(postgres_url) as other:
        others = other.execute(SESSIONS).fetchone()
    assert others == (2,)


def test_a_removed_view_leaves_no_table_behind(postgres_url: str, make: Make, tmp_path: Path) -> None:
    store = make(postgres_url)
    loaded(store, tmp_path)
    with psycopg.connect(postgres_url) as connection:
        ((table,),) = connection.execute(TABLES).fetchall()
    assert table.startswith("mlcycle_online_")
    store.apply("shop", [])
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute(TABLES).fetchall() == []


def test_a_reader_imports_nothing_of_what_writes(postgres_url: str, make: Make, tmp_path: Path) -> None:
    repository = loaded(make(postgres_url), tmp_path)
    code = """
import sys
from pathlib import Path
from mlcycle.serving.online import FeastOnline
from mlcycle.steps.manifest import Feature, Lookup
features = (Feature(name="metres", dtype="float64"),)
view = Lookup(view="route", store_name="route__1", keys=("gate",), features=features)
FeastOnline(Path(sys.argv[1]), sys.argv[2]).warm_up((view,))
writing = ("mlcycle.adapters", "duckdb", "polars", "feast.infra.offline_stores.duckdb")
print(sorted(name for name in sys.modules if name.startswith(writing)))
"""
    password = postgres_address(postgres_url).password
    assert password is not None
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(repository), password],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
