"""Where every service of an environment stands: one row each, changed together with the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select

from mlcycle.rollout.codec import decode_event, decode_state, encode_event, encode_state
from mlcycle.rollout.events import Event
from mlcycle.rollout.machine import Refusal, apply
from mlcycle.rollout.state import Release, State
from mlcycle.store.audit import Audit, Entry
from mlcycle.store.database import ROLLOUTS, writing
from mlcycle.store.faults import Fault, no_fault

_SUBJECT = "rollout:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of an event: the state that stands, and why nothing changed if it was refused.

    changed: whether it is in the audit trail; what was so already is not. repeated: the operation was done
    before; `state` is what it led to then.
    """

    state: State
    refusal: Refusal | None = None
    changed: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollouts:
    """The services of one environment. clock: when an entry was recorded; an event brings its own time."""

    engine: Engine
    environment: str
    clock: Callable[[], datetime]
    fault: Fault = no_fault

    @property
    def audit(self) -> Audit:
        """The trail that every change is recorded in."""
        return Audit(engine=self.engine, environment=self.environment)

    def state(self, service: str) -> State:
        """Where `service` (project/name) stands; generation 0 if nothing was ever rolled out."""
        with self.engine.connect() as connection:
            return self._read(connection, service)

    def all(self) -> tuple[State, ...]:
        """Every service that something was rolled out to; the one that changed last comes last."""
        query = select(ROLLOUTS).where(ROLLOUTS.c.environment == self.environment).order_by(ROLLOUTS.c.seq)
        with self.engine.connect() as connection:
            return tuple(decode_state(row.state) for row in connection.execute(query))

    def champion(self, model: str) -> Release | None:
        """What answers for `model` (project.model); of a service that was renamed, the last one counts."""
        found = [state.champion for state in self.all() if state.champion is not None]
        return next((release for release in reversed(found) if release.model == model), None)

    def owner(self, model: str) -> str | None:
        """The service whose rollout decides about `model`: the last one that has it as its champion, else as
        its challenger, else as what it would go back to."""
        states = tuple(reversed(self.all()))
        for role in (_champion, _challenger, _previous):
            for state in states:
                release = role(state)
                if release is not None and release.model == model:
                    return state.service
        return None

    def change(
        self, service: str, event: Event, *, operation: str, actor: str, expected: int | None
    ) -> Change:
        """Apply `event` in one transaction: read, decide, write the row, append to the audit trail.

        operation: a unique id; doing it again gives what was recorded and changes nothing. expected: the
        generation that was decided on, None for any; where another one stands the event is refused (MLC638).
        """
        event = decode_event(encode_event(event))
        with writing(self.engine) as connection:
            self.audit.lock(connection)
            self.fault("change:locked")
            known = self.audit.recorded(connection, operation)
            state = self._read(connection, service)
            if known is not None:
                return _repeated(state, event, known)
            if expected is not None and expected != state.generation:
                return Change(state=state, refusal=_stale(state, expected))
            after = apply(state, event)
            if isinstance(after, Refusal):
                return Change(state=state, refusal=after)
            if after == state:
                return Change(state=state)
            self._write(connection, event, after, operation=operation, actor=actor)
        self.fault("change:committed")
        return Change(state=after, changed=True)

    def _read(self, connection: Connection, service: str) -> State:
        found = connection.execute(select(ROLLOUTS.c.state).where(self._is(service))).scalar()
        return State(service=service) if found is None else decode_state(found)

    def _write(
        self, connection: Connection, event: Event, state: State, *, operation: str, actor: str
    ) -> None:
        written = encode_state(state)
        entry = self.audit.append(
            connection,
            at=self.clock(),
            actor=actor,
            subject=subject(state.service),
            operation=operation,
            event=encode_event(event),
            state=written,
        )
        self.fault("change:appended")
        connection.execute(delete(ROLLOUTS).where(self._is(state.service)))
        connection.execute(
            insert(ROLLOUTS).values(
                environment=self.environment,
                service=state.service,
                generation=state.generation,
                seq=entry.seq,
                state=written,
            )
        )
        self.fault("change:written")

    def _is(self, service: str) -> ColumnElement[bool]:
        return (ROLLOUTS.c.environment == self.environment) & (ROLLOUTS.c.service == service)


def subject(service: str) -> str:
    """What the audit trail calls a service's rollouts."""
    return f"{_SUBJECT}{service}"


def service_of(entry: Entry) -> str | None:
    """The service that an entry of the audit trail is about; None where it is about something else."""
    return entry.subject.removeprefix(_SUBJECT) if entry.subject.startswith(_SUBJECT) else None


def _champion(state: State) -> Release | None:
    return state.champion


def _challenger(state: State) -> Release | None:
    return state.rollout.challenger if state.rollout is not None else None


def _previous(state: State) -> Release | None:
    return state.previous


def _repeated(state: State, event: Event, known: Entry) -> Change:
    """What an operation led to; refused if its id was used for something else."""
    same = known.subject == subject(state.service) and known.event["event"] == encode_event(event)["event"]
    if same:
        return Change(state=decode_state(known.state), changed=True, repeated=True)
    message = f"operation {known.operation} was `{known.event.get('event')}` of {known.subject} before"
    return Change(state=state, refusal=Refusal(code="MLC639", message=message))


def _stale(state: State, expected: int) -> Refusal:
    message = f"{state.service} changed meanwhile: generation {state.generation} stands, not {expected}"
    help_line = f"nothing was done; look at `mlcycle rollout status {state.service}` and decide again"
    return Refusal(code="MLC638", message=message, help=help_line)
