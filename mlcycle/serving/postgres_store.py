"""Feast's online store in PostgreSQL, with an end to its patience and tables that nobody else has.

Services read it and runs write it. Feast's own keeps one connection for ever, also after it broke, and
waits for an answer without an end. It names a table `<project>_<view>`, which two pairs of names may give and
which PostgreSQL cuts off after 63 bytes, and it reads times in whatever zone the session has.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

from feast import FeatureView, RepoConfig
from feast.infra.online_stores.postgres_online_store.postgres import (
    PostgreSQLOnlineStore,
    PostgreSQLOnlineStoreConfig,
)
from psycopg import Connection
from psycopg.pq import TransactionStatus

from mlcycle.serving.online_tables import POSTGRES_PREFIX, postgres_name
from mlcycle.serving.postgres_connection import connect, spoken_to

#: Rows of one transaction, so that each is far from the end of anybody's patience.
_ROWS = 1_000


class OwnPostgresOnlineStoreConfig(PostgreSQLOnlineStoreConfig):  # type: ignore[misc]
    """Feast's, with libpq's own parameters in place of those that Feast knows.

    timeout: seconds to wait for an answer.
    """

    type: Literal["mlcycle.serving.postgres_store.OwnPostgresOnlineStore"] = (
        "mlcycle.serving.postgres_store.OwnPostgresOnlineStore"
    )
    timeout: float
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Stored:
    """What Feast asks of a view to find its table. Without features, it makes no index over their words."""

    name: str
    features: tuple[()] = ()


class OwnPostgresOnlineStore(PostgreSQLOnlineStore):  # type: ignore[misc]
    """Feast's, but for its connections and the names of its tables."""

    def __init__(self) -> None:
        self._idle: deque[Connection[Any]] = deque()

    @contextmanager
    def _get_conn(self, config: Any, autocommit: bool = False) -> Iterator[Connection[Any]]:
        """A connection that no other thread has. One that fails is not used again."""
        connection = self._waiting() or connect(config.online_store)
        try:
            connection.set_autocommit(autocommit)
            yield connection
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.rollback()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    def _waiting(self) -> Connection[Any] | None:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                return None
            if not spoken_to(connection):
                return connection
            connection.close()
        return None

    def online_write_batch(
        self,
        config: RepoConfig,
        table: FeatureView,
        data: list[Any],
        progress: Callable[[int], Any] | None,
    ) -> None:
        """Store rows in place of those of their keys."""
        for start in range(0, len(data), _ROWS):
            rows = data[start : start + _ROWS]
            super().online_write_batch(_own(config), _stored(config, table), rows, progress)

    def update(
        self,
        config: RepoConfig,
        tables_to_delete: Sequence[FeatureView],
        tables_to_keep: Sequence[FeatureView],
        *others: Any,
        **more: Any,
    ) -> None:
        """Make the tables that are not there, and drop those of removed views with all their rows."""
        gone = [_stored(config, table) for table in tables_to_delete]
        kept = [_stored(config, table) for table in tables_to_keep]
        super().update(_own(config), gone, kept, *others, **more)

    def teardown(self, config: RepoConfig, tables: Sequence[FeatureView], entities: Sequence[Any]) -> None:
        """Drop the tables of a project."""
        super().teardown(_own(config), [_stored(config, table) for table in tables], entities)

    @staticmethod
    def _construct_query_and_params(config: RepoConfig, table: FeatureView, *others: Any) -> Any:
        stored = _stored(config, table)
        return PostgreSQLOnlineStore._construct_query_and_params(_own(config), stored, *others)

    @staticmethod
    def _construct_batched_query_and_params(config: RepoConfig, reads: Sequence[Any]) -> Any:
        named = [read._replace(table=_stored(config, read.table)) for read in reads]
        return PostgreSQLOnlineStore._construct_batched_query_and_params(_own(config), named)


def _own(config: RepoConfig) -> SimpleNamespace:
    """The configuration under which Feast names our tables."""
    return SimpleNamespace(
        project=POSTGRES_PREFIX,
        registry=config.registry,
        online_store=config.online_store,
        entity_key_serialization_version=config.entity_key_serialization_version,
    )


def _stored(config: RepoConfig, table: FeatureView) -> _Stored:
    return _Stored(name=postgres_name(config.project, table.name))
