"""States, events and plans as plain JSON, and back. Unknown keys and wrong types are refused: ValueError."""

from __future__ import annotations

import math
import types
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from mlcycle.rollout.events import EVENTS, Event
from mlcycle.rollout.plan import Plan
from mlcycle.rollout.state import State

T = TypeVar("T")


def encode_state(state: State) -> dict[str, Any]:
    """The state with all its parts, times as ISO 8601 in UTC."""
    return dict(_plain(state))


def decode_state(data: Any) -> State:
    """The state that `encode_state` wrote; a key that was not known then has its default."""
    return _decode(State, data, "state")


def encode_event(event: Event) -> dict[str, Any]:
    """The event with its name under `event`."""
    name = next(name for name, kind in EVENTS.items() if kind is type(event))
    return {"event": name, **_plain(event)}


def decode_event(data: Any) -> Event:
    """The event that `encode_event` wrote."""
    given = dict(data) if isinstance(data, Mapping) else {}
    kind = EVENTS.get(given.pop("event", ""))
    if kind is None:
        raise ValueError("not an event of a rollout")
    return _decode(kind, given, kind.__name__)


def decode_plan(data: Any) -> Plan:
    """The plan in a rollout's config; what it leaves out has its default."""
    return _decode(Plan, data, "plan")


def encode_plan(plan: Plan) -> dict[str, Any]:
    """The plan with all its parts."""
    return dict(_plain(plan))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no number that can be kept")
    if isinstance(value, bool | int | float | str | None):
        return value
    raise ValueError(f"{type(value).__name__} is not plain JSON")


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode(kind: type[T], data: Any, where: str) -> T:
    if not isinstance(data, Mapping):
        raise ValueError(f"{where}: expected an object")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    strange = sorted(map(str, data.keys() - known.keys()))
    needed = {n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING}
    if strange or needed - data.keys():
        raise ValueError(f"{where}: unknown {strange}, missing {sorted(needed - data.keys())}")
    hints = _hints(cast(Hashable, kind))
    return kind(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in data.items()})


def _value(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (types.UnionType, Union):
        if value is None:
            return None
        return _value(next(one for one in arguments if one is not type(None)), value, where)
    if origin is Literal and value in arguments:
        return value
    if origin is tuple and isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_value(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is Mapping and isinstance(value, Mapping):
        return dict(_plain(value))
    if isinstance(kind, type) and is_dataclass(kind):
        return _decode(kind, value, where)
    return _scalar(kind, value, where)


def _scalar(kind: Any, value: Any, where: str) -> Any:
    if kind is datetime and isinstance(value, str):
        return _time(value, where)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind in (str, int, bool) and type(value) is kind:
        return value
    raise ValueError(f"{where}: `{value}` is no {getattr(kind, '__name__', kind)}")


def _time(text: str, where: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{where}: the time `{text}` has no zone")
    return time.astimezone(UTC)
