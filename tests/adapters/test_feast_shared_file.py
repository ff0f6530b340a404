"""Projects that share one SQLite file have tables of their own in it, whatever they are called."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from mlcycle import composition
from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from mlcycle.language.workspace import LOCAL
from mlcycle.ports import FeatureStore, ViewTable
from mlcycle.serving import feast_library
from mlcycle.serving.online import FeastOnline
from mlcycle.steps.manifest import Feature, Lookup
from tests.adapters.feast_support import EPOCH, NOON, make_view

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Feast's imports warn of their own dependencies
]

PLACE = replace(LOCAL, online_store="shared/online.db")
#: Project -> its view. Feast's own name of the table is `a_b_c__0000000a` for both.
VIEWS = {"a_b": "c__0000000a", "a": "b_c__0000000a"}


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return composition.ports(PLACE, tmp_path).feature_store


def view(folder: Path, name: str, price: float) -> ViewTable:
    return make_view(folder, name, {"shop": "string"}, {"price": "float64"}, [("x", EPOCH, price)])


def load(store: FeatureStore, folder: Path, project: str, price: float) -> Path:
    made = view(folder, VIEWS[project], price)
    repository = store.apply(project, [made])
    store.materialize(project, made.name, EPOCH, NOON)
    return repository


def tables(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "shared/online.db")) as connection:
        found = connection.execute("select name from sqlite_master where type = 'table' order by name")
        return [name for (name,) in found]


def lost(folder: Path) -> str | None:
    """Of the view of `a`, as the next plan says it."""
    return composition.lost(PLACE, folder, "a", {"online": VIEWS["a"], "keys": 1})


def price(store: FeatureStore, project: str) -> object:
    name = VIEWS[project]
    found = store.online(project, {name: ["price"]}, pl.DataFrame({"shop": ["x"]}), NOON)
    return found.get_column(f"{name}__price").item()


def test_each_reads_its_own(store: FeatureStore, tmp_path: Path) -> None:
    load(store, tmp_path, "a_b", 1.0)
    repository = load(store, tmp_path, "a", 2.0)
    assert (price(store, "a_b"), price(store, "a")) == (1.0, 2.0)
    lookup = Lookup(
        view="b_c",
        store_name=VIEWS["a"],
        keys=("shop",),
        features=(Feature(name="price", dtype="float64"),),
    )
    ((found,),) = FeastOnline(repository).read([(lookup, [{"shop": "x"}])])
    assert found is not None
    assert found.values == {"price": 2.0}
    assert (tmp_path / "shared/online.db").stat().st_mode & 0o777 == 0o600


def test_what_one_removes_the_other_keeps(store: FeatureStore, tmp_path: Path) -> None:
    load(store, tmp_path, "a_b", 1.0)
    load(store, tmp_path, "a", 2.0)
    store.apply("a", [view(tmp_path, "other__0000000b", 3.0)])
    assert price(store, "a_b") == 1.0
    assert tables(tmp_path) == ["a__other__0000000b", "a_b__c__0000000a"]


def test_a_table_under_feasts_own_name_is_lost_and_loaded_anew(store: FeatureStore, tmp_path: Path) -> None:
    """As a run before there were names of our own has left it. It stays: it may be another project's."""
    before = FeastFeatureStore(
        tmp_path / ".mlcycle/feast", {"type": "sqlite", "path": str(tmp_path / "shared/online.db")}
    )
    load(before, tmp_path, "a", 1.0)
    assert lost(tmp_path) == "the online store has no values of the view `b_c` any more"
    load(store, tmp_path, "a", 2.0)
    assert lost(tmp_path) is None
    assert price(store, "a") == 2.0
    assert tables(tmp_path) == ["a__b_c__0000000a", "a_b_c__0000000a"]


def test_a_project_that_is_torn_down_leaves_the_file_to_the_others(
    store: FeatureStore, tmp_path: Path
) -> None:
    repository = load(store, tmp_path, "a", 1.0)
    load(store, tmp_path, "a_b", 2.0)
    feast_library.load().FeatureStore(repo_path=str(repository)).teardown()
    assert tables(tmp_path) == ["a_b__c__0000000a"]
    assert lost(tmp_path) is not None
    assert price(store, "a_b") == 2.0
