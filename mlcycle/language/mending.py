"""A text with a mistake of syntax as it was most likely meant, so that the rest of it can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.language import tree
from mlcycle.language.text import lines
from mlcycle.language.tree import Entry, Node, Place, Scalar, Sequence

#: A line with a key, items of lists before it, and a value.
_KEY = re.compile(r"""(?P<key>[ ]*(?:-[ ]+)*(?:"[^"]*"|'[^']*'|[\w.-]+)[ ]*:)[ ]+\S""")
_UNFINISHED = re.compile(r":$|^-$|:\s+#|^-\s+#")


@dataclass(frozen=True, slots=True)
class Mended:
    """A text without the mistakes that were found so far.

    moved: line -> by how many columns its text stands further right than it was written. cut: lines whose
    value was left out; null stands there.
    """

    text: str
    moved: Mapping[int, int] = field(default_factory=dict)
    cut: frozenset[int] = frozenset()

    def mend(self, mistake: Diagnostic) -> Mended | None:
        """The text without one more mistake, told as it is in `text`; None where nobody can say how."""
        rows, line = lines(self.text), mistake.span.line
        if not 0 < line <= len(rows):
            return None
        if mistake.code == "MLC006":
            row, at = rows[line - 1], mistake.span.column - 1
            written = len(row) - len(row.lstrip())
            indent = _indent(rows, line - 1) if at < written else written
            if indent is None:
                return None
            rest = row[written:] if at < written else f"{row[written:at]} {row[at + 1 :]}"
            rows[line - 1] = " " * indent + rest
            return replace(self, text="\n".join(rows), moved={**self.moved, line: indent - written})
        found = _KEY.match(rows[line - 1])
        if found is None or line in self.cut:
            return None
        rows[line - 1] = f"{found['key']} null"
        return replace(self, text="\n".join(rows), cut=self.cut | {line})

    def told(self, found: Diagnostic) -> Diagnostic:
        """A mistake with the place at which it was written."""
        related = tuple(replace(other, span=self.span(other.span)) for other in found.related)
        return replace(found, span=self.span(found.span), related=related)

    def span(self, span: Span) -> Span:
        """Where it was written, from where it is in `text`."""
        return Span(span.file, *self._place((span.line, span.column, span.end_line, span.end_column)))

    def tree(self, node: Node) -> Node:
        """A tree with the places at which it was written."""
        if not self.moved:
            return node
        at = self._place(node.place)
        if isinstance(node, Scalar):
            return replace(node, place=at)
        if isinstance(node, Sequence):
            return replace(node, place=at, items=tuple(self.tree(item) for item in node.items))
        entries = {
            key: Entry(self._place(entry.place), self.tree(entry.value))
            for key, entry in node.entries.items()
        }
        return tree.Mapping(node.file, at, entries, node.flow)

    def _place(self, place: Place) -> Place:
        line, column, end_line, end_column = place
        by, end_by = self.moved.get(line, 0), self.moved.get(end_line, 0)
        return (line, max(column - by, 1), end_line, max(end_column - end_by, 1))


def _indent(rows: list[str], number: int) -> int | None:
    """How far a line should be indented: below an open key, or as both its neighbours; else unknown."""
    above, below = _beside(reversed(rows[:number])), _beside(rows[number + 1 :])
    content = above.strip()
    indent = len(above) - len(above.lstrip())
    while content.startswith("- "):
        inner = content[1:].lstrip()
        indent, content = indent + len(content) - len(inner), inner
    if _UNFINISHED.search(content):
        return indent + 2
    after = len(below) - len(below.lstrip())
    fits = after > indent if _UNFINISHED.search(rows[number].strip()) else after == indent
    return indent if fits and below else None


def _beside(rows: Iterable[str]) -> str:
    """The first line with content; empty if there is none."""
    return next((row for row in rows if row.strip() and not row.lstrip().startswith("#")), "")
