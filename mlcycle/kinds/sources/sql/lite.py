"""SQLite: a file opened for reading, in which nothing but reading is authorized."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import polars as pl

from mlcycle.kinds.sources.sql.asked import Asked, failed, framed

_ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION))
_STEPS = 10_000
_FETCH = 50_000


def rows(asked: Asked) -> pl.DataFrame:
    """What the query gives. SQLite has no times and no booleans: they are text and whole numbers."""
    with _reading(asked) as connection:
        cursor = connection.execute(asked.sql, asked.values)
        names = [column[0] for column in cursor.description]
        return framed(names, cursor.fetchall())


def version(asked: Asked, cursor: str | None) -> tuple[int, str]:
    """The count of rows, and the greatest cursor or the sum of the rows' digests."""
    count = total = 0
    greatest = None
    with _reading(asked) as connection:
        found = connection.execute(asked.sql, asked.values)
        place = [column[0] for column in found.description].index(cursor) if cursor is not None else None
        while batch := found.fetchmany(_FETCH):
            count += len(batch)
            if place is not None:
                known = [row[place] for row in batch if row[place] is not None]
                greatest = max([*known, *([greatest] if greatest is not None else [])], default=None)
                continue
            total += sum(_digest(row) for row in batch)
    return count, f"up to {greatest}" if cursor is not None else f"{total % 2**64:016x}"


def _digest(row: tuple[object, ...]) -> int:
    return int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=8).digest())


@contextmanager
def _reading(asked: Asked) -> Iterator[sqlite3.Connection]:
    end = time.monotonic() + asked.seconds
    try:
        connection = sqlite3.connect(f"file:{quote(str(asked.file))}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise failed(error) from None
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.set_authorizer(_authorized)
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        yield connection
    except sqlite3.OperationalError as error:
        raise (asked.timed_out if str(error) == "interrupted" else failed(error)) from None
    except (sqlite3.Error, ValueError) as error:
        raise failed(error) from None
    finally:
        connection.close()


def _authorized(action: int, first: str | None, second: str | None, *_: object) -> int:
    loads = action == sqlite3.SQLITE_FUNCTION and str(second).lower() == "load_extension"
    return sqlite3.SQLITE_OK if action in _ALLOWED and not loads else sqlite3.SQLITE_DENY
