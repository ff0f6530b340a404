"""One process at a time, on one host or on several: nobody's database is locked while others are asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Engine, text

#: Seconds between two looks at a lock file that another process holds.
_POLL = 0.005


@contextmanager
def turn(engine: Engine, folder: Path, name: str) -> Iterator[None]:
    """Wait until nobody else has the turn of that name, and hold it; a process that dies gives it back.

    With SQLite the others are on this host, and a lock file in `folder` tells them; with PostgreSQL they may
    be anywhere, and its advisory locks do.
    """
    if engine.dialect.name == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{name}.lock").acquire(poll_interval=_POLL):
            yield
        return
    key = {"key": int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
