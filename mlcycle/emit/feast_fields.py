"""How names and dtypes of ours look in Feast's Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Our dtypes in `feast.types`. Feast has no dates: a table holds them as midnight, UTC.
FEAST_TYPES: Mapping[str, str] = {
    "int64": "Int64",
    "float64": "Float64",
    "bool": "Bool",
    "string": "String",
    "timestamp": "UnixTimestamp",
    "date": "UnixTimestamp",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldText:
    name: str
    dtype: str


def fields(columns: Iterable[tuple[str, str]]) -> tuple[FieldText, ...]:
    """Fields of columns (name, dtype)."""
    return tuple(FieldText(name=name, dtype=FEAST_TYPES[dtype]) for name, dtype in columns)


def variable(kind: str, name: str) -> str:
    """A Python name made of an author's: anything but letters, digits and `_` becomes its code point."""
    safe = re.sub(r"[^A-Za-z0-9_]", lambda match: f"x{ord(match.group()):x}", name)
    return f"{kind}_{safe}"
