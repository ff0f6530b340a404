"""The results of nodes, newest last; a result is there whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, delete, func, insert, select

from mlcycle.store.database import RESULTS, TOUCHED
from mlcycle.store.encoding import decode, encode
from mlcycle.store.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The results of one environment; those of others in the same database are never seen."""

    engine: Engine
    environment: str

    def newest(self, node: str) -> Result | None:
        """The node's last finished result."""
        query = (
            select(RESULTS).where(RESULTS.c.node == node, self._mine).order_by(RESULTS.c.id.desc()).limit(1)
        )
        with self.engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return decode(dict(row)) if row else None

    def all_newest(self, project: str) -> dict[str, Result]:
        """The last finished result of every node of a project, by node name."""
        last = (
            select(func.max(RESULTS.c.id).label("id"))
            .where(RESULTS.c.node.startswith(f"{project}/", autoescape=True), self._mine)
            .group_by(RESULTS.c.node)
            .subquery()
        )
        query = select(RESULTS).join(last, RESULTS.c.id == last.c.id).order_by(RESULTS.c.id)
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return {row["node"]: decode(dict(row)) for row in rows}

    def history(self, node: str, limit: int = 20) -> tuple[Result, ...]:
        """The node's last results, newest first."""
        query = (
            select(RESULTS)
            .where(RESULTS.c.node == node, self._mine)
            .order_by(RESULTS.c.id.desc())
            .limit(limit)
        )
        with self.engine.connect() as connection:
            return tuple(decode(dict(row)) for row in connection.execute(query).mappings())

    def made(self, node: str, data_version: str) -> Result | None:
        """The first result of the node with this content: that is where it came from."""
        same = (RESULTS.c.node == node) & (RESULTS.c.data_version == data_version)
        query = select(RESULTS).where(same, self._mine).order_by(RESULTS.c.id).limit(1)
        with self.engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return decode(dict(row)) if row else None

    def beginning_with(self, node: str, version: str) -> tuple[Result, ...]:
        """The node's results whose data version begins so, oldest first."""
        alike = RESULTS.c.data_version.startswith(version, autoescape=True)
        query = select(RESULTS).where(RESULTS.c.node == node, alike, self._mine).order_by(RESULTS.c.id)
        with self.engine.connect() as connection:
            return tuple(decode(dict(row)) for row in connection.execute(query).mappings())

    def add(self, result: Result) -> None:
        """Keep a result in one transaction; from here on it is the node's newest."""
        with self.engine.begin() as connection:
            connection.execute(insert(RESULTS).values(**encode(result)))
            connection.execute(delete(TOUCHED).where(self._touched(result.node)))

    def touch(self, node: str) -> None:
        """Note that the node's work begins to change what others share; `add` takes the note away."""
        with self.engine.begin() as connection:
            connection.execute(delete(TOUCHED).where(self._touched(node)))
            connection.execute(insert(TOUCHED).values(node=node, environment=self.environment))

    def touched(self, node: str) -> bool:
        """Whether the node's work changed shared state after its last result was kept: it was cut off."""
        with self.engine.connect() as connection:
            return connection.execute(select(TOUCHED.c.node).where(self._touched(node))).first() is not None

    def _touched(self, node: str) -> ColumnElement[bool]:
        return (TOUCHED.c.node == node) & (TOUCHED.c.environment == self.environment)

    @property
    def _mine(self) -> ColumnElement[bool]:
        return RESULTS.c.environment == self.environment
