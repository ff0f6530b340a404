"""Words that several checks use in their sentences."""

from __future__ import annotations

from mlcycle.graph.column import NEVER, Column
from mlcycle.language.words import spoken as spoken


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
