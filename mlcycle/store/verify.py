"""Whether the audit trail holds: its chain, what it leads to, and what was noted of it outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from mlcycle.rollout.codec import decode_event, decode_state
from mlcycle.rollout.machine import Refusal, apply
from mlcycle.rollout.state import State
from mlcycle.store.anchors import unanchored
from mlcycle.store.audit import Entry, Head, broken
from mlcycle.store.database import ROLLOUTS
from mlcycle.store.rollouts import Rollouts, service_of


def verify(store: Rollouts, anchors: Mapping[str, tuple[Head, ...]]) -> tuple[str, ...]:
    """Everything that is wrong, as sentences; nothing if the trail holds.

    anchors: the heads that were noted, by where. Who can write to the database can write a whole chain anew;
    what was noted elsewhere is what tells.
    """
    entries = store.audit.entries()
    found = [*broken(entries), *_head(store, entries), *_replayed(store, entries)]
    for where, heads in anchors.items():
        found += unanchored(entries, heads, where)
    return tuple(found)


def _head(store: Rollouts, entries: tuple[Entry, ...]) -> Iterator[str]:
    head, last = store.audit.head(), entries[-1] if entries else Head()
    if (head.seq, head.hash) != (last.seq, last.hash):
        yield f"the chain ends with entry {last.seq}, but entry {head.seq} was written last"


def _replayed(store: Rollouts, entries: tuple[Entry, ...]) -> Iterator[str]:
    """Every event of a rollout once more, through the function that decided then."""
    states: dict[str, State] = {}
    for entry in entries:
        service = service_of(entry)
        if service is None:
            continue
        before = states.get(service, State(service=service))
        try:
            after = apply(before, decode_event(entry.event))
            recorded = decode_state(entry.state)
        except ValueError as error:
            yield f"entry {entry.seq} cannot be read: {error}"
            continue
        if isinstance(after, Refusal):
            yield f"entry {entry.seq} of {service} was no legal move: {after.message}"
        elif after != recorded:
            yield f"entry {entry.seq} of {service} does not lead to the state that it records"
        states[service] = recorded
    yield from _rows(store, states)


def _rows(store: Rollouts, states: Mapping[str, State]) -> Iterator[str]:
    rows = _stored(store)
    for service in sorted(rows.keys() | states.keys()):
        if service not in states:
            yield f"the audit trail knows nothing of {service}, which has a state"
        elif service not in rows:
            yield f"the state of {service} is gone"
        elif rows[service] != states[service]:
            yield f"the state of {service} is another than the audit trail leads to"


def _stored(store: Rollouts) -> dict[str, State | None]:
    """Each service's row; None for one that cannot be read, or whose columns say other things."""
    query = select(ROLLOUTS).where(ROLLOUTS.c.environment == store.environment)
    with store.engine.connect() as connection:
        return {row.service: _row(row) for row in connection.execute(query)}


def _row(row: Any) -> State | None:
    try:
        state = decode_state(row.state)
    except ValueError:
        return None
    return state if (state.service, state.generation) == (row.service, row.generation) else None
