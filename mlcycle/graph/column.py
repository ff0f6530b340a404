"""Columns: the one resolution of names, types, availability and lineage that every check reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from mlcycle.diagnostics.span import NOWHERE, Span

DType = Literal["int64", "float64", "bool", "string", "timestamp", "date", "unknown"]

#: Availability of a value that must never be a feature. It compares greater than every duration.
NEVER = timedelta.max


@dataclass(frozen=True, slots=True, order=True)
class ColumnRef:
    """A column of a declared source: where lineage starts."""

    source: str
    column: str

    def __str__(self) -> str:
        return f"{self.source}.{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column somewhere in the graph.

    `available_after` is counted from the row's event time; None says that nobody declared it (which means
    at once, and that the row's own request may carry it). `lineage` names the source columns it is made of.
    """

    name: str
    dtype: DType = "unknown"
    nullable: bool = True
    available_after: timedelta | None = None
    sensitive: bool = False
    pii: bool = False
    lineage: frozenset[ColumnRef] = frozenset()
    description: str | None = None
    span: Span = NOWHERE
