"""Feast's online store in a SQLite file that several projects may share.

Feast names a table `<project>_<view>`, which two pairs of names may give: each project would then read, and
remove, what the other one loaded. And it takes a project away by removing the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from feast import FeatureView, RepoConfig
from feast.infra.online_stores.sqlite import SqliteOnlineStore, SqliteOnlineStoreConfig

from mlcycle.serving.online_tables import sqlite_owner


class OwnSqliteOnlineStoreConfig(SqliteOnlineStoreConfig):  # type: ignore[misc]
    """Needs nothing beyond what Feast's own has."""

    type: Literal["mlcycle.serving.sqlite_store.OwnSqliteOnlineStore"] = (
        "mlcycle.serving.sqlite_store.OwnSqliteOnlineStore"
    )


class OwnSqliteOnlineStore(SqliteOnlineStore):  # type: ignore[misc]
    """Feast's, but for the names of its tables."""

    def _get_conn(self, config: Any) -> Any:
        """The connection; a file that is not there yet is made for its owner alone."""
        file = Path(self._get_db_path(config))
        if not self._conn and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
        return super()._get_conn(config)

    def online_write_batch(
        self,
        config: RepoConfig,
        table: FeatureView,
        data: list[Any],
        progress: Callable[[int], Any] | None,
    ) -> None:
        """Store rows in place of those of their keys."""
        super().online_write_batch(_own(config), table, data, progress)

    def online_read(self, config: RepoConfig, table: FeatureView, *others: Any, **more: Any) -> Any:
        """What Feast's own returns."""
        return super().online_read(_own(config), table, *others, **more)

    def update(self, config: RepoConfig, *others: Any, **more: Any) -> None:
        """Make the tables that are not there, and drop those of removed views."""
        super().update(_own(config), *others, **more)

    def plan(self, config: RepoConfig, desired_registry_proto: Any) -> Any:
        """The tables that there should be, as Feast's registry remembers them."""
        return super().plan(_own(config), desired_registry_proto)

    def teardown(self, config: RepoConfig, tables: Sequence[FeatureView], entities: Sequence[Any]) -> None:
        """Drop the tables of a project, and leave the file to the others."""
        self.update(config, tables, [], entities, [], partial=False)


def _own(config: RepoConfig) -> SimpleNamespace:
    """The configuration under which Feast names our tables."""
    return SimpleNamespace(
        project=sqlite_owner(config.project),
        registry=config.registry,
        online_store=config.online_store,
        repo_path=config.repo_path,
        entity_key_serialization_version=config.entity_key_serialization_version,
    )
