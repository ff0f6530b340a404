"""Looking for what was loaded: what counts as lost, and that looking harms nothing."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from mlcycle.adapters.feast.lost import Place, lost
from mlcycle.diagnostics.diagnostic import Refused

VIEW = {"online": "v__1", "keys": 3}
GONE = "the online store has no values of the view `v` any more"
KILLED = """
import os, sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("pragma cache_size = 5")
store.execute('update "a_v__1" set x = zeroblob(900)')
os._exit(9)
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    with closing(sqlite3.connect(tmp_path / "online.db")) as store, store:
        store.execute('create table "a_v__1" (x blob)')
        store.executemany('insert into "a_v__1" values (?)', [(b"x" * 900,)] * 200)
    return Place(project="a", folder=tmp_path, url=".mlcycle/online.db")


def changed(place: Place, statement: str) -> Place:
    with closing(sqlite3.connect(place.folder / "online.db")) as store, store:
        store.execute(statement)
    return place


def test_what_is_there_is_not_lost(place: Place) -> None:
    assert lost(place, VIEW) is None


def test_an_empty_table_is_lost_if_it_had_rows(place: Place) -> None:
    emptied = changed(place, 'delete from "a_v__1"')
    assert lost(emptied, VIEW) == GONE
    assert lost(emptied, {**VIEW, "keys": 0}) is None
    assert lost(changed(place, 'drop table "a_v__1"'), {**VIEW, "keys": 0}) == GONE


def test_a_file_that_a_killed_process_left_half_written_has_lost_nothing(place: Place) -> None:
    file = place.folder / "online.db"
    assert subprocess.run([sys.executable, "-c", KILLED, str(file)], check=False).returncode == 9
    assert (place.folder / "online.db-journal").exists()
    assert lost(place, VIEW) is None
    with closing(sqlite3.connect(file)) as store:
        (left,) = store.execute("""select count(*) from "a_v__1" where x = zeroblob(900)""").fetchone()
    assert left == 0


def test_what_cannot_be_asked_is_not_lost(place: Place) -> None:
    (place.folder / "online.db").write_bytes(b"no database " * 1_000)
    with pytest.raises(Refused, match="MLC754"):
        lost(place, VIEW)


def test_declarations_are_in_two_files_and_lost_with_either(place: Place) -> None:
    left = {"declared": ["v__1", "w__2"]}
    assert lost(place, left) == "the feature store does not declare `v`, `w` any more"
    (place.folder / "views.json").write_text(json.dumps([{"name": "v__1"}, {"name": "w__2"}]))
    assert lost(place, left) is not None
    (place.folder / "registry.pb").write_bytes(b"")
    assert lost(place, left) is None
    assert lost(place, {"declared": ["v__1", "x__3"]}) == "the feature store does not declare `x` any more"
    assert lost(place, {**left, "earlier": ["u__0"]}) is None, "it was never loaded from here"
