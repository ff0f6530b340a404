"""The audit trail: one chain of entries an environment, each bound to the one before it by its hash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mlcycle.graph.canonical import digest
from mlcycle.store.database import AUDIT, AUDIT_HEADS

#: What the first entry names as the one before it.
BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was done.

    seq: counts from 1 without a gap. at: when it was recorded. subject: what it was done to
    (`rollout:project/service`). operation: its unique id. event: what was done; state: what stood afterwards;
    both plain JSON. hash: the sha256 of the canonical JSON of everything else.
    """

    seq: int
    at: datetime
    actor: str
    subject: str
    operation: str
    event: Any
    state: Any
    previous: str
    hash: str

    @property
    def computed(self) -> str:
        """The hash that the entry should have."""
        return digest(
            {
                "seq": self.seq,
                "at": self.at.isoformat(),
                "actor": self.actor,
                "subject": self.subject,
                "operation": self.operation,
                "event": self.event,
                "state": self.state,
                "previous": self.previous,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the chain; `seq` 0 is that of an empty one."""

    seq: int = 0
    hash: str = BEGINNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The trail of one environment. What writes to it is given the connection of its own transaction
    (`database.writing`), so that the entry and what it tells of are there together or not at all."""

    engine: Engine
    environment: str

    def lock(self, connection: Connection) -> Head:
        """Wait until nobody else writes, and hold the trail until the transaction ends.

        Call it before reading what the entry will tell of.
        """
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        empty = {"environment": self.environment, "seq": 0, "hash": BEGINNING}
        connection.execute(dialect.insert(AUDIT_HEADS).values(empty).on_conflict_do_nothing())
        mine = AUDIT_HEADS.c.environment == self.environment
        row = connection.execute(select(AUDIT_HEADS).where(mine).with_for_update()).one()
        return Head(seq=row.seq, hash=row.hash)

    def append(
        self,
        connection: Connection,
        *,
        at: datetime,
        actor: str,
        subject: str,
        operation: str,
        event: Any,
        state: Any = None,
    ) -> Entry:
        """Add an entry, in the transaction of `connection`. `event` and `state` are plain JSON.

        Raises sqlalchemy's IntegrityError for an operation that was recorded before; `recorded` finds it.
        """
        head = self.lock(connection)
        entry = Entry(
            seq=head.seq + 1,
            at=at.astimezone(UTC),
            actor=actor,
            subject=subject,
            operation=operation,
            event=event,
            state=state,
            previous=head.hash,
            hash="",
        )
        values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
        values |= {"environment": self.environment, "at": entry.at.isoformat(), "hash": entry.computed}
        connection.execute(insert(AUDIT).values(values))
        connection.execute(
            update(AUDIT_HEADS)
            .where(AUDIT_HEADS.c.environment == self.environment)
            .values(seq=entry.seq, hash=values["hash"])
        )
        return _entry(values)

    def recorded(self, connection: Connection, operation: str) -> Entry | None:
        """The entry of an operation, if it was done already."""
        found = connection.execute(self._entries().where(AUDIT.c.operation == operation)).first()
        return _entry(found) if found is not None else None

    def entries(self, subject: str | None = None, last: int | None = None) -> tuple[Entry, ...]:
        """The entries in order, of one subject or of all; the `last` ones or all."""
        query = self._entries()
        if subject is not None:
            query = query.where(AUDIT.c.subject == subject)
        if last is not None:
            query = query.order_by(None).order_by(AUDIT.c.seq.desc()).limit(last)
        with self.engine.connect() as connection:
            found = [_entry(row) for row in connection.execute(query)]
        return tuple(found if last is None else reversed(found))

    def head(self) -> Head:
        """The end of the chain, as it is noted apart from the entries."""
        mine = AUDIT_HEADS.c.environment == self.environment
        with self.engine.connect() as connection:
            row = connection.execute(select(AUDIT_HEADS).where(mine)).first()
        return Head() if row is None else Head(seq=row.seq, hash=row.hash)

    def _entries(self) -> Select[Any]:
        return select(AUDIT).where(AUDIT.c.environment == self.environment).order_by(AUDIT.c.seq)


def broken(entries: tuple[Entry, ...]) -> Iterator[str]:
    """What is wrong with a whole chain: entries that were edited, taken out, put in or moved."""
    before = Head()
    for entry in entries:
        if entry.seq != before.seq + 1:
            yield f"entry {before.seq + 1} is missing before entry {entry.seq}"
        elif entry.previous != before.hash:
            yield f"entry {entry.seq} does not follow from entry {before.seq}"
        if entry.hash != entry.computed:
            yield f"entry {entry.seq} ({entry.subject}, {entry.operation}) was changed after it was written"
        before = Head(seq=entry.seq, hash=entry.hash)


def _entry(row: Row[Any] | dict[str, Any]) -> Entry:
    values = dict(row) if isinstance(row, dict) else dict(row._mapping)
    values.pop("environment")
    return Entry(**{**values, "at": datetime.fromisoformat(values["at"])})
