"""How two configs differ, as phrases that name keys the way a reader of the spec would."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]

_GONE = object()
_NAMES = ("name", "output", "view")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two configs differ, and how: `changed: 1 -> 2`, `has more: origin`, `is in another order`."""

    path: Path
    how: str

    def said(self, place: str = "") -> str:
        """The whole sentence; `place` is what the path lies below."""
        text = place
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return f"{text} {self.how}"


def differences(old: Any, new: Any, path: Path = ()) -> Iterator[Difference]:
    """Each thing that differs between two plain JSON values.

    Items of a list that have a name are compared by it, so that a new column is one difference and not one
    for each column behind it.
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from differences(old.get(key, _GONE), new.get(key, _GONE), (*path, str(key)))
    elif isinstance(old, list) and isinstance(new, list) and old != new:
        yield from _lists(old, new, path)
    elif old != new or type(old) is not type(new):
        yield _changed(old, new, path)


def _lists(old: list[Any], new: list[Any], path: Path) -> Iterator[Difference]:
    before, after = _named(old), _named(new)
    if before is None or after is None:
        yield from _unnamed(old, new, path)
        return
    added, gone = [n for n in after if n not in before], [n for n in before if n not in after]
    if added:
        yield Difference(path, f"has more: {_some(added)}")
    if gone:
        yield Difference(path, f"has no longer: {_some(gone)}")
    for name in (name for name in after if name in before):
        yield from differences(before[name], after[name], (*path, name))
    if not added and not gone and list(before) != list(after):
        yield Difference(path, "is in another order")


def _unnamed(old: list[Any], new: list[Any], path: Path) -> Iterator[Difference]:
    if len(old) != len(new):
        yield _changed(old, new, path)
        return
    for index, (one, other) in enumerate(zip(old, new, strict=True)):
        yield from differences(one, other, (*path, index))


def _named(items: Sequence[Any]) -> dict[str, Any] | None:
    """The items by their name, texts by themselves; None if not all have one of their own."""
    if all(isinstance(item, str) for item in items):
        names = list(items)
    else:
        key = next((key for key in _NAMES if all(_has(item, key) for item in items)), None)
        if key is None:
            return None
        names = [item[key] for item in items]
    found = dict(zip(names, items, strict=True))
    return found if len(found) == len(items) else None


def _has(item: Any, key: str) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get(key), str)


def _changed(old: Any, new: Any, path: Path) -> Difference:
    return Difference(path, f"changed: {_value(old)} -> {_value(new)}")


def _some(names: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _value(value: Any) -> str:
    if value is _GONE:
        return "not set"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
