"""A project whose only source is read by partitions, brought up to date at times that the test sets."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from mlcycle.engine.plan import Plan
from mlcycle.engine.report import Ran
from mlcycle.engine.run_node import run_node
from mlcycle.engine.runner import Runner
from mlcycle.engine.selection import Options
from mlcycle.engine.session import Session
from mlcycle.graph.code_digest import CodeReader
from mlcycle.store.faults import Fault, no_fault
from tests.support.read import _READ, Reading

PARTITIONS, SOURCE = "shop/partitions/orders", "shop/sources/orders"


def share_code(patch: pytest.MonkeyPatch) -> None:
    """Parse each module once for all sessions: that is most of the time of opening one."""

    def reader(root: Path, memory: object = None) -> CodeReader:
        return CodeReader(root, _read=_READ)

    patch.setattr("mlcycle.engine.session.CodeReader", reader)
    if "mlcycle.dagster.build" in sys.modules:
        patch.setattr("mlcycle.dagster.build.CodeReader", reader)


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@dataclass(slots=True)
class Parts(Reading):
    """`now` is what the environment's clock says."""

    now: datetime = field(default=at("2020-01-05"))
    fault: Fault = no_fault

    def parted(self) -> Runner:
        """The project in an environment that goes by the clock."""
        found = Reading.runner(self)
        settings = replace(found.settings, now="clock")
        return replace(found, settings=settings, clock=lambda: self.now, fault=self.fault)

    def bring(self, *asked: str, force: bool = False) -> tuple[Ran, Ran]:
        """Bring the partitions and the source up to date; asked: partitions that are read in any case."""
        runner = self.parted()
        with runner.opened("a test") as session:
            return self._both(session, asked, force=force)

    def _both(self, session: Session, asked: Iterable[str], *, force: bool) -> tuple[Ran, Ran]:
        forced = frozenset({PARTITIONS} if force else ())
        session = replace(session, forced=forced, partitions=frozenset(asked))
        first, second = (run_node(session, session.graph[name]) for name in (PARTITIONS, SOURCE))
        return first, second

    def read_only(self, key: str) -> Ran:
        """Read one partition and no other, as a backfill does."""
        with self.parted().opened("a test") as session:
            only = replace(session, partitions=frozenset({key}), only_partitions=True)
            return run_node(only, session.graph[PARTITIONS])

    def parts_plan(self) -> Plan:
        return self.parted().plan(Options())

    def why(self) -> list[str]:
        """The plan's reasons for the partitions; none where they stand."""
        (step, *_) = self.parts_plan().steps
        return [str(reason) for reason in getattr(step.decision, "reasons", ())]

    def rows(self, ran: Ran) -> pl.DataFrame:
        """The table that a run of the source left."""
        assert ran.result is not None
        return pl.read_parquet(self.root / ".mlcycle/artifacts" / ran.result.path / "data.parquet")


@dataclass(slots=True)
class Shop(Parts):
    """Orders in SQLite, by day."""

    def declare(self, more: str = "", *, key: str = "partitions: {every: day, start: 2020-01-01}") -> None:
        self.spec(
            "kind: sql, database: 'sqlite:///shop.db', "
            "query: 'SELECT id, placed_at, amount, created FROM orders', "
            f"timestamp: placed_at, {key}{more}",
            columns="id: {dtype: int64}, placed_at: {dtype: timestamp}, amount: {dtype: float64}, "
            "created: {dtype: timestamp}",
        )

    def execute(self, statement: str, *values: object) -> None:
        with sqlite3.connect(self.root / "shop.db") as connection:
            connection.execute(statement, values)
        connection.close()

    def create(self) -> None:
        self.execute("CREATE TABLE orders (id INTEGER, placed_at TEXT, amount REAL, created TEXT)")

    def order(self, id: int, placed_at: str, amount: float = 1.0, created: str | None = None) -> None:
        self.execute("INSERT INTO orders VALUES (?, ?, ?, ?)", id, placed_at, amount, created or placed_at)
