"""What a run put into a feature store and is not there any more. Imports nothing of Feast.

Looking changes nothing: no file, no table and no key is made by it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mlcycle.adapters.feast.files import VIEWS_FILE, last_loaded
from mlcycle.adapters.feast.reachable import asking
from mlcycle.emit.feast import ONLINE_FILE, REGISTRY_FILE
from mlcycle.serving import postgres_address, redis_address
from mlcycle.serving.online_address import CONNECT_SECONDS
from mlcycle.serving.online_addresses import online_address, opened
from mlcycle.serving.online_tables import POSTGRES_PREFIX, postgres_name, sqlite_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A project's feature store.

    folder: of its repository. url: of the online store, or its file as it was given, with secrets.
    file: where a SQLite file is if it is not in the repository.
    """

    project: str
    folder: Path
    url: str
    file: Path | None = None


def lost(place: Place, left: Mapping[str, Any]) -> str | None:
    """What of `left` is gone, as a sentence; None if all is there.

    left: `declared`, names of views that were declared, and `earlier`, of those that only older versions of
    models read; or `online`, the name of one that was loaded, with `keys`, how many were. Values are gone if
    their table is not there, or if it is empty and was not when it was loaded; of a Redis, if no key of those
    that were noted is there.

    Raises Refused (MLC754) for an online store that cannot be asked: it may have everything.
    """
    if "online" in left:
        there = _asked(place, left["online"], filled=left["keys"] > 0)
        said = f"the online store has no values of the view `{_written(left['online'])}` any more"
        return None if there else said
    gone = sorted(set(left["declared"]) - _declared(place.folder))
    if gone:
        named = ", ".join(f"`{_written(view)}`" for view in gone)
        return f"the feature store does not declare {named} any more"
    emptied = [view for view in left.get("earlier", ()) if not kept(place, view)]
    named = ", ".join(f"`{view}`" for view in emptied)
    return f"the online store has no values of {named} any more, for earlier versions" if emptied else None


def kept(place: Place, view: str) -> bool:
    """Whether the online store has what was last loaded of a view; true of one that never was.

    Raises Refused (MLC754) as `lost` does.
    """
    before = last_loaded(place.folder, view)
    return before is None or _asked(place, view, filled=before.keys > 0)


def _asked(place: Place, view: str, *, filled: bool) -> bool:
    with asking(place.url):
        return _there(place, view, filled)


def _written(view: str) -> str:
    """The author's name of a view: without the digest of its schema."""
    return view.rpartition("__")[0] or view


def _declared(folder: Path) -> set[str]:
    """The views of a repository; none where one of its two halves is not there."""
    views = folder / VIEWS_FILE
    if not views.is_file() or not (folder / REGISTRY_FILE).is_file():
        return set()
    return {entry["name"] for entry in json.loads(views.read_bytes())}


def _there(place: Place, view: str, filled: bool) -> bool:
    if place.url.startswith(redis_address.SCHEMES):
        return not filled or _in_redis(place, view)
    if place.url.startswith(postgres_address.SCHEMES):
        return _in_postgres(place, view, filled)
    return _in_sqlite(place, view, filled)


def _in_sqlite(place: Place, view: str, filled: bool) -> bool:
    file = place.file or place.folder / ONLINE_FILE
    if not file.is_file():
        return False
    table = sqlite_table(place.project, view, shared=place.file is not None)
    # `rw` makes no file. `ro` could not read one that a killed process left in the middle of a transaction.
    with closing(
        sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=CONNECT_SECONDS)
    ) as connection:
        named = "select 1 from sqlite_master where type = 'table' and name = ?"
        if connection.execute(named, (table,)).fetchone() is None:
            return False
        return not filled or connection.execute(f'select 1 from "{table}" limit 1').fetchone() is not None


def _in_postgres(place: Place, view: str, filled: bool) -> bool:
    import psycopg_pool  # noqa: F401  # loading needs it, and says so as well
    from psycopg import sql

    from mlcycle.serving.postgres_connection import connect

    address = postgres_address.postgres_address(place.url)
    table = sql.Identifier(f"{POSTGRES_PREFIX}_{postgres_name(place.project, view)}")
    block = opened(address.block, address.password)
    block["timeout"] = min(block["timeout"], CONNECT_SECONDS)
    with closing(connect(SimpleNamespace(**block))) as connection:
        found = connection.execute("select to_regclass(%s)", (table.as_string(connection),)).fetchone()
        if found is None or found[0] is None:
            return False
        row = connection.execute(sql.SQL("select 1 from {} limit 1").format(table)).fetchone()
        return not filled or row is not None


def _in_redis(place: Place, view: str) -> bool:
    from redis import Redis

    online_address(place.url)  # for what it raises
    before = last_loaded(place.folder, view)
    if before is None:
        return False
    patience = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": CONNECT_SECONDS}
    with Redis.from_url(place.url, **patience) as client, client.pipeline(transaction=False) as pipe:
        for key in before.redis:
            pipe.hexists(key, f"_ts:{view}")
        return any(pipe.execute())
