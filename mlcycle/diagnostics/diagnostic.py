"""One finding about a spec, as plain data; wording and rendering live elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlcycle.diagnostics.span import Span

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A second place that explains the first (the other half of a duplicate, the column's declaration)."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A finding with its code (`MLC103`), its place and what to do about it."""

    code: str
    message: str
    span: Span
    severity: Severity = "error"
    help: str | None = None
    related: tuple[Related, ...] = ()

    @property
    def order(self) -> tuple[Span, str, str]:
        """Findings are shown by place, then by code."""
        return (self.span, self.code, self.message)


class Refused(Exception):
    """A command cannot go on; carries every finding that was made before it stopped."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("\n".join(f"{d.code} {d.span}: {d.message}" for d in diagnostics))
        self.diagnostics = diagnostics
