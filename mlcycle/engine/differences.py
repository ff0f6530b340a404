"""How two configs differ, as sentences that name keys the way a reader of the spec would."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_GONE = object()
_NAMES = ("name", "output", "view")
_LONGEST = 60


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """A sentence for each thing that differs between two plain JSON values.

    Items of a list that have a name are compared by it, so that a new column is one sentence and not one for
    each column behind it.
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from differences(old.get(key, _GONE), new.get(key, _GONE), _below(path, str(key)))
    elif isinstance(old, list) and isinstance(new, list) and old != new:
        yield from _lists(old, new, path)
    elif old != new or type(old) is not type(new):
        yield f"{path} changed: {_value(old)} -> {_value(new)}"


def _lists(old: list[Any], new: list[Any], path: str) -> Iterator[str]:
    before, after = _named(old), _named(new)
    if before is None or after is None:
        yield from _unnamed(old, new, path)
        return
    added, gone = [n for n in after if n not in before], [n for n in before if n not in after]
    if added:
        yield f"{path} has more: {_some(added)}"
    if gone:
        yield f"{path} has no longer: {_some(gone)}"
    for name in before.keys() & after.keys():
        yield from differences(before[name], after[name], _below(path, name))
    if not added and not gone and list(before) != list(after):
        yield f"the order of {path} changed"


def _unnamed(old: list[Any], new: list[Any], path: str) -> Iterator[str]:
    if len(old) != len(new):
        yield f"{path} changed: {_value(old)} -> {_value(new)}"
        return
    for index, (one, other) in enumerate(zip(old, new, strict=True)):
        yield from differences(one, other, f"{path}[{index}]")


def _named(items: Sequence[Any]) -> dict[str, Any] | None:
    """The items by their name, texts by themselves; None if not all have one of their own."""
    if all(isinstance(item, str) for item in items):
        names = list(items)
    else:
        keys = (
            key
            for key in _NAMES
            if all(isinstance(i, Mapping) and isinstance(i.get(key), str) for i in items)
        )
        key = next(keys, None)
        if key is None:
            return None
        names = [item[key] for item in items]
    found = dict(zip(names, items, strict=True))
    return found if len(found) == len(items) else None


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _some(names: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _value(value: Any) -> str:
    if value is _GONE:
        return "not set"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
