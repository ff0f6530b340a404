"""One SELECT over a database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, SourceKind
from mlcycle.kinds.sources.storage import undeclared
from mlcycle.language.names import ColumnName, Expression, Name
from mlcycle.language.paths import check
from mlcycle.language.quantities import Duration
from mlcycle.language.secrets import Location

#: Scheme of the address -> dialect.
_DIALECTS = {"postgresql": "postgres", "sqlite": "sqlite", "duckdb": "duckdb"}
_ADDRESS = re.compile(r"(?P<scheme>[a-z]+)://(?P<rest>.+)")
_CURSORS = {"postgres": ("int64", "timestamp", "date"), "duckdb": ("int64", "timestamp", "date")}


class Spec(SourceKind):
    """One SELECT over PostgreSQL, SQLite or DuckDB, read-only and kept to an allow list.

    The columns are declared. What runs is written anew from the parsed query; values are bound, never pasted.
    """

    work: ClassVar[str] = "mlcycle.kinds.sources.sql.work:read"
    version: ClassVar[str] = "mlcycle.kinds.sources.sql.work:version"

    kind: Literal["sql"]
    database: Location
    """`postgresql://user:${env:PASSWORD}@host/name`; or `sqlite:///`, `duckdb:///` and a file here."""
    query: Expression
    """The SELECT. `:name` stands for a value of `parameters`."""
    parameters: dict[Name, str | int | float | bool] = Field(default_factory=dict)
    """Values to bind, by name."""
    cursor: ColumnName | None = None
    """A column that grows: rows not below the last value are read, and added to those there are.
    A row with the `key` of an earlier one replaces it."""
    timeout: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(minutes=5)
    """How long the database may take."""

    def file(self) -> str:
        return self.database

    def observes(self) -> tuple[str, ...]:
        return (f"version:{self.database}",)

    def asks(self) -> bool:
        return True

    def unpartitioned(self) -> str | None:
        return "`cursor` says otherwise which rows are read" if self.cursor is not None else None

    def dialect(self) -> str:
        """`postgres`, `sqlite` or `duckdb`; "" for an address of another form."""
        found = _ADDRESS.fullmatch(self.database)
        return _DIALECTS.get(found["scheme"], "") if found is not None else ""

    def config(self) -> Config:
        config: dict[str, object] = {
            "dialect": self.dialect(),
            "query": self.query,
            "parameters": dict(self.parameters),
            "timeout_seconds": self.timeout.total_seconds(),
            "connect": {"database": self.database},
        }
        if self.cursor is not None:
            config["cursor"] = self.cursor
            config["key"] = list(self.key or ())
        return config

    def mistakes(self) -> Iterator[Mistake]:
        yield from undeclared(self)
        reason = self._address()
        if reason is not None:
            help = "such as `postgresql://user:${env:PASSWORD}@host/name` or `sqlite:///data/shop.db`"
            yield Mistake(code="MLC230", message=reason, path=("database",), help=help)
            return
        yield from self._query()
        yield from self._cursor()

    def _address(self) -> str | None:
        dialect = self.dialect()
        if not dialect:
            return f"`{self.database}` is not the address of a database that is read"
        if dialect == "postgres":
            return None
        path = self.database.partition("://")[2]
        reason = check(path.removeprefix("/")) if path.startswith("/") else "has to follow three slashes"
        return f"the path {reason}" if reason is not None else None

    def _query(self) -> Iterator[Mistake]:
        from mlcycle.kinds.sources.sql.statement import RESERVED, StatementError, parse

        try:
            found = parse(self.query, self.dialect())
        except StatementError as error:
            yield Mistake(
                code=error.code, message=error.message, path=("query",), help=error.help, offset=error.offset
            )
            return
        for name in sorted(found.parameters - self.parameters.keys()):
            message = f"the query binds `:{name}`, which has no value"
            help = f"add it: `parameters: {{{name}: ...}}`"
            yield Mistake(code="MLC229", message=message, path=("query",), help=help)
        for name in sorted(self.parameters.keys() - found.parameters | RESERVED & self.parameters.keys()):
            message = f"the query does not bind `:{name}`"
            path = ("parameters", name)
            yield Mistake(code="MLC229", message=message, path=path, help="take it out, or use it")
        if found.gives is not None:
            yield from self._absent(found.gives)

    def _absent(self, gives: tuple[str, ...]) -> Iterator[Mistake]:
        for name in self.columns:
            if name not in gives and name not in self.derive:
                message = f"the query does not give a column `{name}`"
                near = did_you_mean(name, gives)
                yield Mistake(code="MLC228", message=message, path=("columns", name), help=near)

    def _cursor(self) -> Iterator[Mistake]:
        if self.cursor is None:
            return
        times = (self.timestamp, self.created_timestamp)
        declared = self.columns.get(self.cursor)
        dtype = (declared.dtype if declared else None) or ("timestamp" if self.cursor in times else None)
        allowed = _CURSORS.get(self.dialect(), ("int64",))
        if declared is None or dtype not in allowed:
            found = f"is {dtype}" if declared is not None else "is not among `columns`"
            message = f"the cursor `{self.cursor}` {found}; it has to be {' or '.join(allowed)}"
            yield Mistake(code="MLC227", message=message, path=("cursor",))
