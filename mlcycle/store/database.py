"""The state database: SQLite embedded, PostgreSQL by URL; SQLAlchemy core either way."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    JSON,
    URL,
    Column,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

METADATA = MetaData()

#: Goes up when the meaning of what is stored changes; results of another format are left alone and unseen.
FORMAT = 1

RESULTS = Table(
    f"mlcycle_results_v{FORMAT}",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("node", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("identity", String(64), nullable=False),
    Column("data_version", String, nullable=False),
    Column("path", String, nullable=False),
    Column("started", String, nullable=False),
    Column("ended", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("body", JSON, nullable=False),
    Index(f"mlcycle_results_v{FORMAT}_newest", "node", "environment", "id"),
)

TOUCHED = Table(
    f"mlcycle_touched_v{FORMAT}",
    METADATA,
    Column("node", String, primary_key=True),
    Column("environment", String, primary_key=True),
)

FILES = Table(
    "mlcycle_files",
    METADATA,
    Column("path", String, primary_key=True),
    Column("stamp", String, nullable=False),
    Column("sha256", String(64), nullable=False),
)

#: How long a statement waits for another process's transaction, in milliseconds.
_BUSY_TIMEOUT = 30_000


def connect(url: str) -> Engine:
    """An engine for the state database, its tables made if they are not there.

    SQLite runs in WAL mode with `synchronous=FULL`: what was committed survives a power cut. Raises Refused
    (MLC875) for a database that cannot be used; its password is not shown.
    """
    try:
        return _opened(make_url(url))
    except ArgumentError as error:  # its text may hold the whole URL
        raise _unusable("the URL is none of SQLAlchemy's", "the state database") from error
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        reason = str(getattr(error, "orig", None) or error).split("\n", 1)[0]
        raise _unusable(reason, f"`{make_url(url).render_as_string(hide_password=True)}`") from error


def _unusable(reason: str, what: str) -> Refused:
    message = f"{what} cannot be used: {reason}"
    help_line = "`state` of the environment in mlcycle.yaml says where it is"
    return Refused((Diagnostic(code="MLC875", message=message, span=NOWHERE, help=help_line),))


def _opened(parsed: URL) -> Engine:
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    if sqlite:
        event.listen(engine, "connect", _careful)
    METADATA.create_all(engine)
    return engine


def _careful(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={_BUSY_TIMEOUT}", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
