"""The state database: SQLite embedded, PostgreSQL by URL; SQLAlchemy core either way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    JSON,
    URL,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
    make_url,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

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

#: Where each service stands; `seq` is the audit entry of its last change.
ROLLOUTS = Table(
    "mlcycle_rollouts_v1",
    METADATA,
    Column("environment", String, primary_key=True),
    Column("service", String, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("state", JSON, nullable=False),
)

AUDIT = Table(
    "mlcycle_audit_v1",
    METADATA,
    Column("environment", String, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("event", JSON, nullable=False),
    Column("state", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("environment", "operation", name="mlcycle_audit_v1_operation"),
)

#: The last entry of each chain; whoever writes holds its row, so that there is one writer at a time.
AUDIT_HEADS = Table(
    "mlcycle_audit_heads_v1",
    METADATA,
    Column("environment", String, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

CHUNKS = Table(
    "mlcycle_chunks_v1",
    METADATA,
    Column("monitor", String, primary_key=True),
    Column("environment", String, primary_key=True),
    Column("start", String(32), primary_key=True),
    Column("end", String(32), nullable=False),
    Column("settled", Integer, nullable=False),
    Column("body", JSON, nullable=False),
)

#: Where each retraining stands.
RETRAININGS = Table(
    "mlcycle_retrainings_v1",
    METADATA,
    Column("environment", String, primary_key=True),
    Column("retraining", String, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("state", JSON, nullable=False),
)

#: Each retraining that was asked for, once.
RETRAIN_REQUESTS = Table(
    "mlcycle_retrain_requests_v1",
    METADATA,
    Column("environment", String, primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("retraining", String, nullable=False),
    Column("model", String, nullable=False),
    Column("asked", String(32), nullable=False),
    Column("cause", String, nullable=False),
    Column("before", String, nullable=False),
    Column("status", String(16), nullable=False),
    Column("owner", String, nullable=False),
    Column("told", String, nullable=False),
    Column("ended", String(32)),
)

#: How long a statement waits for another process's transaction, in milliseconds.
_BUSY_TIMEOUT = 30_000


def connect(url: str, *, hold: bool = True) -> Engine:
    """An engine for the state database, its tables made if they are not there.

    hold: keep connections for the next use, until the engine is disposed of. Without, each use has a
    connection of its own: for who lives long and asks seldom, and outlives a database that starts again.
    `postgresql://` means the driver psycopg, the one that the extra `postgres` brings.
    SQLite runs in WAL mode with `synchronous=FULL`: what was committed survives a power cut. Raises Refused
    (MLC875) for a database that cannot be used; its password is not shown.
    """
    try:
        return _opened(make_url(url), hold)
    except ArgumentError as error:  # its text may hold the whole URL
        raise _unusable("the URL is none of SQLAlchemy's", "the state database") from error
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        reason = _reason(error)
        raise _unusable(reason, f"`{make_url(url).render_as_string(hide_password=True)}`") from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that means to write: committed at the end, taken back if it raises.

    SQLite takes its one write lock at once: a transaction that read first could lose it to another.
    """
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _reason(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == "psycopg":
        return "psycopg is not installed: pip install 'mlcycle[postgres]'"
    return str(getattr(error, "orig", None) or error).split("\n", 1)[0]


def _unusable(reason: str, what: str) -> Refused:
    message = f"{what} cannot be used: {reason}"
    help_line = "`state` of the environment in mlcycle.yaml says where it is"
    return Refused((Diagnostic(code="MLC875", message=message, span=NOWHERE, help=help_line),))


def _opened(parsed: URL, hold: bool) -> Engine:
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, poolclass=None if hold else NullPool)
    if sqlite:
        event.listen(engine, "connect", _careful)
    there = set(inspect(engine).get_table_names())
    for table in METADATA.sorted_tables:
        if table.name not in there:
            _make(table, engine)
    return engine


def _make(table: Table, engine: Engine) -> None:
    """Make the table if it is not there; another process may do so at this moment."""
    try:
        table.create(engine, checkfirst=True)
    except SQLAlchemyError:
        if not inspect(engine).has_table(table.name):
            raise


def _careful(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={_BUSY_TIMEOUT}", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
