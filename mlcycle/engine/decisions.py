"""What the engine decides about a node, and why, in the author's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlcycle.diagnostics.span import NOWHERE, Span
from mlcycle.store.result import Result

ReasonKind = Literal[
    "never_built",
    "forced",
    "data",
    "input",
    "config",
    "code",
    "library",
    "observed",
    "checks",
    "sample",
    "artefact",
    "cut_off",
    "lost",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One cause of a rebuild as a sentence without a full stop; `span` is its line of the spec."""

    kind: ReasonKind
    text: str
    span: Span = NOWHERE

    def __str__(self) -> str:
        return f"{self.text} ({self.span})" if self.span != NOWHERE else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """The last result still holds."""

    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """The node will run; the first reason is the one to show where there is room for one."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The node will run only if one of these nodes comes out different from last time."""

    upstream: tuple[str, ...]


Decision = Reuse | Rebuild
