"""A document with some of its values changed or left out; what stays keeps its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mlcycle.diagnostics.span import Span
from mlcycle.language import tree
from mlcycle.language.tree import Data, Entry, Node, Place, Scalar, Sequence


@dataclass(frozen=True, slots=True)
class Renamed:
    """The key at a place gets the name that its author meant."""

    key: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """The value at a place becomes the one that its author meant."""

    value: Data


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The key with its value, or the item of a list, is left out.

    known: whether the language knows what is missing then; not so for a key that is like no other.
    """

    known: bool = True


Edit = Renamed | Replaced | LeftOut

#: What is done, by the place of the key or, in a list, of the item.
Edits = Mapping[Place, Edit]


def edited(node: Node, edits: Edits) -> Node:
    """The tree after all edits. A key is not renamed to one that is there already: it is left out."""
    if isinstance(node, tree.Mapping):
        return replace(node, entries=_entries(node, edits))
    if isinstance(node, Sequence):
        kept = ((item, edits.get(item.place)) for item in node.items)
        items = (_value(item, edit, edits) for item, edit in kept if not isinstance(edit, LeftOut))
        return replace(node, items=tuple(items))
    return node


def _entries(node: tree.Mapping, edits: Edits) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for key, entry in node.entries.items():
        edit = edits.get(entry.place)
        name = edit.key if isinstance(edit, Renamed) else key
        taken = name in entries or (name != key and name in node.entries)
        if not taken and not isinstance(edit, LeftOut):
            entries[name] = Entry(entry.place, _value(entry.value, edit, edits))
    return entries


def _value(node: Node, edit: Edit | None, edits: Edits) -> Node:
    return _node(edit.value, node) if isinstance(edit, Replaced) else edited(node, edits)


def _node(value: Data, written: Node) -> Node:
    """A value in the place of what was written."""
    if isinstance(value, tuple):
        return Sequence(written.file, written.place, tuple(_node(item, written) for item in value))
    if isinstance(value, dict):
        raise TypeError("no mistake is mended by a mapping")
    return Scalar(written.file, written.place, value)


def place(span: Span) -> Place:
    """A span as the place that edits go by."""
    return (span.line, span.column, span.end_line, span.end_column)
