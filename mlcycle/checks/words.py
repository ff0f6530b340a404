"""Words that several checks use in their sentences."""

from __future__ import annotations

from datetime import timedelta

from mlcycle.graph.column import NEVER, Column

_UNITS = (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60))


def spoken(duration: timedelta) -> str:
    """A duration as a spec writes it; hours up to two days."""
    if duration == NEVER:
        return "never"
    seconds = int(duration.total_seconds())
    for unit, size in _UNITS:
        if seconds and seconds % size == 0 and (unit not in "wd" or seconds >= 2 * size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def known_when(column: Column) -> str:
    """When a column is known, for "it is known ..."."""
    if column.available_after is None:
        return "at once"
    if column.available_after == NEVER:
        return "never (`available_after: never`)"
    return f"{spoken(column.available_after)} after the event"


def listed(names: list[str]) -> str:
    """`a`, `b` and `c`."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]
