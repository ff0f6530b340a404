"""DuckDB: a file opened for reading, without access to anything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import duckdb
import polars as pl

from mlcycle.kinds.sources.sql.asked import Asked, failed

#: Nothing outside of the file, and no statement may change that.
_CLOSED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
#: In this order. A time without an offset is UTC, whatever the machine's zone, where it is compared with one
#: that has an offset.
_SETTINGS = ("SET TimeZone = 'UTC'", "SET lock_configuration = true")


def rows(asked: Asked) -> pl.DataFrame:
    """What the query gives."""
    with _reading(asked) as connection:
        table = connection.sql(asked.sql, params=dict(asked.values)).to_arrow_table()
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def version(asked: Asked, cursor: str | None) -> tuple[int, str]:
    """The count of rows, and the greatest cursor or the sum of the rows' hashes."""
    told = f'max("{cursor}")' if cursor is not None else "sum(hash(rows))"
    with _reading(asked) as connection:
        sql = f"SELECT count(*), {told} FROM ({asked.sql}) AS rows"
        count, value = connection.execute(sql, dict(asked.values)).fetchone()
    return count, f"up to {value}" if cursor is not None else f"{int(value or 0) % 2**64:016x}"


@contextmanager
def _reading(asked: Asked) -> Iterator[Any]:
    try:
        connection = duckdb.connect(str(asked.file), read_only=True, config=_CLOSED)
        for setting in _SETTINGS:
            connection.execute(setting)
    except duckdb.Error as error:
        raise failed(error) from None
    alarm = Timer(asked.seconds, connection.interrupt)
    alarm.start()
    try:
        yield connection
    except duckdb.InterruptException:
        raise asked.timed_out from None
    except duckdb.Error as error:
        raise failed(error) from None
    finally:
        alarm.cancel()
        connection.close()
