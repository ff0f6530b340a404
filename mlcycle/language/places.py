"""From a place in a document to the path of what is written there."""

from __future__ import annotations

from bisect import bisect_right

from mlcycle.diagnostics.span import Span
from mlcycle.language.tree import Mapping, Node, Sequence

Path = tuple[str | int, ...]

#: A key with its value, or an item, which has no key: where it begins, its step, key and value.
_Written = tuple[tuple[int, int], str | int, Span | None, Node]


class Places:
    """Finds what is written at places of one document, each in the logarithm of its size."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._listed: dict[int, list[_Written]] = {}

    def path(self, span: Span) -> Path:
        """The path of the innermost key, item or value that a span lies in."""
        path: list[str | int] = []
        node: Node | None = self._root
        while node is not None:
            found = self._below(node, span)
            if found is None:
                break
            step, key, value = found
            path.append(step)
            node = None if key is not None and within(span, key) else value
        return tuple(path)

    def _below(self, node: Node, span: Span) -> tuple[str | int, Span | None, Node] | None:
        written = self._written(node)
        at = bisect_right(written, (span.line, span.column), key=lambda one: one[0]) - 1
        if at < 0:
            return None
        _, step, key, value = written[at]
        inside = within(span, value.span) or (key is not None and within(span, key))
        return (step, key, value) if inside else None

    def _written(self, node: Node) -> list[_Written]:
        known = self._listed.get(id(node))
        if known is None:
            known = self._listed[id(node)] = sorted(_entries(node), key=lambda one: one[0])
        return known


def _entries(node: Node) -> list[_Written]:
    if isinstance(node, Mapping):
        return [(e.place[:2], key, e.key, e.value) for key, e in node.entries.items()]
    if isinstance(node, Sequence):
        return [(item.place[:2], i, None, item) for i, item in enumerate(node.items)]
    return []


def within(inner: Span, outer: Span) -> bool:
    """Whether a span lies in another one of the same file."""
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
