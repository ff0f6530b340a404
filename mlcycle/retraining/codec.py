"""States and events of retrainings as plain JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from mlcycle.retraining.machine import Event, Looked
from mlcycle.retraining.state import Counted, Firing, State


def encode_state(state: State) -> dict[str, Any]:
    """The state as JSON; times as ISO text."""
    plain: dict[str, Any] = _plain(asdict(state))
    return plain


def decode_state(found: Mapping[str, Any]) -> State:
    """The state that `encode_state` made."""
    return State(
        retraining=found["retraining"],
        generation=found["generation"],
        triggers={name: _counted(one) for name, one in found["triggers"].items()},
        attempts=found["attempts"],
        strikes=found["strikes"],
        cooldown_until=_time(found["cooldown_until"]),
        fired=tuple(datetime.fromisoformat(text) for text in found["fired"]),
        open=_firing(found["open"]),
        on_trial=tuple(found["on_trial"]),
        since=_time(found["since"]),
        last=_firing(found["last"]),
        outcome=found["outcome"],
    )


def encode_event(event: Event) -> dict[str, Any]:
    """What happened, for the audit trail: of a look what it saw, trigger by trigger, in words."""
    name = type(event).__name__.lower()
    if not isinstance(event, Looked):
        return {"event": name, **_plain(asdict(event))}
    seen = {trigger: [one.evidence for one in found] for trigger, found in event.seen.items()}
    return {"event": name, "now": event.now.isoformat(), "seen": seen}


def _counted(found: Mapping[str, Any]) -> Counted:
    return Counted(**{**found, "seen": _time(found["seen"])})


def _firing(found: Mapping[str, Any] | None) -> Firing | None:
    if found is None:
        return None
    at = datetime.fromisoformat(found["at"])
    return Firing(id=found["id"], triggers=tuple(found["triggers"]), at=at, cause=found["cause"])


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
