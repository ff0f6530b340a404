"""PostgreSQL: a transaction that only reads, with a limit of time; rows come through a cursor there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
import psycopg

from mlcycle.kinds.sources.sql.asked import Asked, failed, framed

_FETCH = 50_000
_CONNECT_SECONDS = 15


def rows(asked: Asked) -> pl.DataFrame:
    """What the query gives. A time without an offset is UTC."""
    with _reading(asked) as connection, connection.cursor(name="mlcycle") as cursor:
        cursor.execute(asked.sql.encode(), asked.values)
        found: list[tuple[Any, ...]] = []
        while batch := cursor.fetchmany(_FETCH):
            found += batch
        return framed([column.name for column in cursor.description or ()], found)


def version(asked: Asked, cursor: str | None) -> tuple[int, str]:
    """The count of rows, and the greatest cursor or the sum of the rows' hashes, as the server tells them."""
    quoted = '"{}"'.format(cursor.replace('"', '""').replace("%", "%%")) if cursor is not None else ""
    told = f"max({quoted})" if quoted else "coalesce(sum(hashtextextended(CAST(rows AS text), 0)), 0)"
    sql = f"SELECT count(*), {told} FROM ({asked.sql}) AS rows"
    with _reading(asked) as connection:
        row = connection.execute(sql.encode(), asked.values).fetchone()
    assert row is not None
    return row[0], f"up to {row[1]}" if cursor is not None else f"{int(row[1]) % 2**64:016x}"


@contextmanager
def _reading(asked: Asked) -> Iterator[psycopg.Connection[Any]]:
    limit = max(1, round(asked.seconds * 1000))
    settings = f"-c default_transaction_read_only=on -c statement_timeout={limit} -c timezone=UTC"
    try:
        with psycopg.connect(
            asked.database, options=settings, connect_timeout=_CONNECT_SECONDS, application_name="mlcycle"
        ) as connection:
            connection.read_only = True
            yield connection
    except psycopg.errors.QueryCanceled:
        raise asked.timed_out from None
    except psycopg.Error as error:
        raise failed(error) from None
