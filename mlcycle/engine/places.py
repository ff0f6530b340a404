"""From the place of a step in a spec to that of one of its keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.diagnostics.span import Span
from mlcycle.engine import differences
from mlcycle.language.reader import read
from mlcycle.language.tree import Mapping, Node, Sequence

_UNIT = "_seconds"


def same(span: Span, path: differences.Path) -> Span:
    """The place itself, where nothing nearer is known."""
    return span


@dataclass(slots=True)
class Places:
    """Reads each spec once, and only when a reason points into it."""

    root: Path
    _read: dict[str, Node | None] = field(default_factory=dict)

    def nearer(self, span: Span, path: differences.Path) -> Span:
        """Where the key at `path` below the thing at `span` was written; else `span`."""
        tree = self._tree(span.file)
        if tree is None:
            return span
        below = next((node for place, node in _walk(tree) if place == span), None)
        if below is None:
            return span
        written = [step.removesuffix(_UNIT) if isinstance(step, str) else step for step in path]
        found = below.find(written)
        return span if found is below else found.span

    def _tree(self, file: str) -> Node | None:
        if file not in self._read:
            try:
                self._read[file] = read((self.root / file).read_bytes(), file).root
            except (OSError, Refused):
                self._read[file] = None
        return self._read[file]


def _walk(node: Node) -> Iterator[tuple[Span, Node]]:
    """Every value with its own place and with that of the key that names it."""
    yield node.span, node
    if isinstance(node, Mapping):
        for entry in node.entries.values():
            yield entry.key, entry.value
            yield from _walk(entry.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _walk(item)
