"""Where every retraining of an environment stands, and each one that was asked for, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select, update

from mlcycle.retraining.codec import decode_state, encode_event, encode_state
from mlcycle.retraining.machine import Ended, Event, Looked, advance
from mlcycle.retraining.state import Firing, Policy, State
from mlcycle.store.audit import Audit
from mlcycle.store.database import RETRAIN_REQUESTS, RETRAININGS, writing
from mlcycle.store.faults import Fault, no_fault

Status = Literal["requested", "running", "succeeded", "failed", "nothing_new"]
_OPEN: tuple[Status, ...] = ("requested", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A retraining that was asked for. id: names it for ever. model: its name in the project.

    cause: why, in words. before: the data version of the training when it was asked for ("" if there was
    none).
    owner: who runs it, "" while nobody does. told: what came of it, in words.
    """

    id: str
    retraining: str
    model: str
    asked: datetime
    cause: str
    before: str
    status: Status = "requested"
    owner: str = ""
    told: str = ""
    ended: datetime | None = None

    @property
    def sentence(self) -> str:
        """The cause as results and runs carry it."""
        return f"retraining {self.retraining.partition('/')[2]} ({self.id}): {self.cause}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrains:
    """The retrainings of one environment; those of others in the same database are never seen."""

    engine: Engine
    environment: str
    fault: Fault = no_fault

    def state(self, retraining: str) -> State:
        """Where `project/name` stands; generation 0 if nobody ever looked."""
        with self.engine.connect() as connection:
            return self._state(connection, retraining)

    def change(
        self,
        retraining: str,
        event: Event,
        policy: Policy,
        *,
        model: str,
        before: str,
        actor: str,
        told: str = "",
    ) -> tuple[State, Request | None]:
        """Apply an event in one transaction: read, decide, write; returns what stands and what is asked for.

        A firing, an end and a person's word join the audit trail there. Whoever comes second sees what the
        first one left: what both saw counts once, and one of them asks. When this returns, all of it is kept.
        """
        audit = Audit(engine=self.engine, environment=self.environment)
        with writing(self.engine) as connection:
            audit.lock(connection)
            old = self._state(connection, retraining)
            new, firing = advance(old, event, policy)
            if new == old:
                return old, None
            new = replace(new, generation=old.generation + 1)
            self._write(connection, new)
            request = self._asked(connection, new, firing, model, before) if firing else None
            if isinstance(event, Ended):
                self._end(connection, event, told)
            if _told(old, new, event):
                self._note(audit, connection, new, event, actor=actor, told=told)
            self.fault("retrain:written")
        self.fault("retrain:recorded")
        return new, request

    def claim(self, request: Request, owner: str) -> bool:
        """Note who runs an open request; False if it has ended, or has another owner by now."""
        mine = self._is(request.id) & (RETRAIN_REQUESTS.c.owner == request.owner)
        mine &= RETRAIN_REQUESTS.c.status.in_(_OPEN)
        with writing(self.engine) as connection:
            changed = connection.execute(
                update(RETRAIN_REQUESTS).where(mine).values(owner=owner, status="running")
            )
            return changed.rowcount == 1

    def request(self, name: str) -> Request | None:
        """The request of an id."""
        with self.engine.connect() as connection:
            row = connection.execute(select(RETRAIN_REQUESTS).where(self._is(name))).mappings().first()
        return _request(row) if row is not None else None

    def requests(self, project: str, *, pending: bool = False) -> tuple[Request, ...]:
        """The requests of a project, oldest first; with `pending` only those that have not ended."""
        table = RETRAIN_REQUESTS
        wanted = [
            table.c.environment == self.environment,
            table.c.retraining.startswith(f"{project}/", autoescape=True),
        ]
        if pending:
            wanted.append(table.c.status.in_(_OPEN))
        query = select(table).where(*wanted).order_by(table.c.asked, table.c.id)
        with self.engine.connect() as connection:
            return tuple(_request(row) for row in connection.execute(query).mappings())

    def _note(
        self, audit: Audit, connection: Connection, state: State, event: Event, *, actor: str, told: str
    ) -> None:
        audit.append(
            connection,
            at=event.now,
            actor=actor,
            subject=subject(state.retraining),
            operation=f"{subject(state.retraining)}:{state.generation}",
            event={**encode_event(event), "told": told},
            state=encode_state(state),
        )

    def _state(self, connection: Connection, retraining: str) -> State:
        found = connection.execute(select(RETRAININGS.c.state).where(self._of(retraining))).scalar()
        return State(retraining=retraining) if found is None else decode_state(found)

    def _write(self, connection: Connection, state: State) -> None:
        connection.execute(delete(RETRAININGS).where(self._of(state.retraining)))
        connection.execute(
            insert(RETRAININGS).values(
                environment=self.environment,
                retraining=state.retraining,
                generation=state.generation,
                state=encode_state(state),
            )
        )

    def _asked(
        self, connection: Connection, state: State, firing: Firing, model: str, before: str
    ) -> Request:
        request = Request(
            id=firing.id,
            retraining=state.retraining,
            model=model,
            asked=firing.at,
            cause=firing.cause,
            before=before,
        )
        values = {name: getattr(request, name) for name in Request.__dataclass_fields__}
        values |= {"asked": _text(request.asked), "environment": self.environment}
        connection.execute(insert(RETRAIN_REQUESTS).values(values))
        return request

    def _end(self, connection: Connection, event: Ended, told: str) -> None:
        values = {"status": event.outcome, "told": told, "ended": _text(event.now)}
        connection.execute(update(RETRAIN_REQUESTS).where(self._is(event.id)).values(values))

    def _is(self, name: str) -> ColumnElement[bool]:
        return (RETRAIN_REQUESTS.c.id == name) & (RETRAIN_REQUESTS.c.environment == self.environment)

    def _of(self, retraining: str) -> ColumnElement[bool]:
        return (RETRAININGS.c.retraining == retraining) & (RETRAININGS.c.environment == self.environment)


def _told(old: State, new: State, event: Event) -> bool:
    """Whether a change is for the audit trail: a look that only counts is not."""
    return not isinstance(event, Looked) or (new.attempts, new.strikes) != (old.attempts, old.strikes)


def subject(retraining: str) -> str:
    """What the audit trail calls a retraining."""
    return f"retraining:{retraining}"


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _request(row: Mapping[Any, Any]) -> Request:
    values = {name: row[name] for name in Request.__dataclass_fields__}
    ended = values["ended"]
    times = {"asked": datetime.fromisoformat(values["asked"])}
    times |= {"ended": datetime.fromisoformat(ended)} if ended is not None else {}
    return Request(**{**values, **times})
