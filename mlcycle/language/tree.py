"""A YAML document as nodes that know where they were written.

Nodes are never changed, but not frozen: freezing doubles the time that reading takes. For the same reason
they hold places as plain tuples, and make a Span when asked.
"""

from __future__ import annotations

from collections.abc import Sequence as Path
from dataclasses import dataclass

from mlcycle.diagnostics.span import Span

Plain = str | int | float | bool | None

#: What `data` gives: scalars, tuples for sequences, dicts for mappings.
Data = Plain | tuple["Data", ...] | dict[str, "Data"]


#: Line, column, last line, column after the last character; all from 1.
Place = tuple[int, int, int, int]


@dataclass(slots=True)
class YamlNode:
    """One value of a document."""

    file: str
    place: Place

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return False

    @property
    def span(self) -> Span:
        """Where it was written."""
        return Span(self.file, *self.place)

    def data(self) -> Data:
        """The value without its places."""
        raise NotImplementedError

    def child(self, step: str | int) -> YamlNode | None:
        """The value directly below, by key or index."""
        return None

    def find(self, path: Path[str | int]) -> YamlNode:
        """The value at `path` or, where that was not written, the nearest one above it that was.

        A key asked of a list or a scalar is passed over: there the author used the short form for it.
        """
        return self._follow(path)[0]

    def key_span(self, path: Path[str | int]) -> Span:
        """The key of the value at `path`; the value itself in a list; what is above where it is unwritten."""
        return self._follow(path)[1]

    def _follow(self, path: Path[str | int]) -> tuple[YamlNode, Span]:
        node, place = self, self.span
        for step in path:
            below = node.child(step)
            if below is not None:
                place = node.entries[str(step)].key if isinstance(node, Mapping) else below.span
                node = below
            elif node.is_mapping or isinstance(step, int):
                break
        return node, place


@dataclass(slots=True)
class Scalar(YamlNode):
    """Text, a number, true, false or null. `plain` tells unquoted text from quoted."""

    value: Plain
    plain: bool = True

    def data(self) -> Data:
        return self.value


@dataclass(slots=True)
class Sequence(YamlNode):
    """A list."""

    items: tuple[Node, ...]

    def child(self, step: str | int) -> YamlNode | None:
        if isinstance(step, int) and 0 <= step < len(self.items):
            return self.items[step]
        return None

    def data(self) -> Data:
        return tuple([item.data() for item in self.items])


@dataclass(slots=True)
class Entry:
    """One `key: value` of a mapping; `place` is the key's."""

    place: Place
    value: Node

    @property
    def key(self) -> Span:
        """Where the key was written."""
        return Span(self.value.file, *self.place)


@dataclass(slots=True)
class Mapping(YamlNode):
    """Keys and values in the order written. `flow` is the form in braces."""

    entries: dict[str, Entry]
    flow: bool = False

    @property
    def is_mapping(self) -> bool:
        return True

    def child(self, step: str | int) -> YamlNode | None:
        entry = self.entries.get(step) if isinstance(step, str) else None
        return entry.value if entry is not None else None

    def data(self) -> Data:
        return {key: entry.value.data() for key, entry in self.entries.items()}


Node = Scalar | Sequence | Mapping
