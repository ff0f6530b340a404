"""Connections to PostgreSQL that wait for an answer so long and no longer."""

from __future__ import annotations

import select
from collections.abc import Mapping
from typing import Any, Protocol

from psycopg import Connection

from mlcycle.serving.online_address import ANSWER_SECONDS


class Reached(Protocol):
    """How a PostgreSQL is reached; `parameters` are libpq's, `timeout` is seconds to wait for an answer."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def database(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def timeout(self) -> float: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...


class _PatientConnection(Connection[Any]):  # type: ignore[misc]
    """Its statements raise an OperationalError where the server takes too long, whatever keeps it."""

    patience: float = ANSWER_SECONDS

    def wait(self, gen: Any, *args: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        return super().wait(gen, *args, timeout=self.patience if timeout is None else timeout, **kwargs)

    def __del__(self) -> None:
        self.pgconn.finish()  # nothing in Feast closes a store: its connections go with it


def connect(to: Reached) -> Connection[Any]:
    """A connection whose session reads and writes times in UTC. Raises psycopg's errors."""
    options = f"{to.parameters.get('options', '')} -c TimeZone=UTC".strip()
    connection = _PatientConnection.connect(
        host=to.host,
        port=to.port,
        dbname=to.database,
        user=to.user or None,
        password=to.password or None,
        **{**to.parameters, "options": options},
    )
    connection.patience = to.timeout
    return connection


def spoken_to(connection: Connection[Any]) -> bool:
    """Whether the server sent something that nobody asked for, as one does that goes away."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
