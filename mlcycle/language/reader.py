"""YAML text -> a tree of nodes that know their place, from libyaml's events.

Only the plain part of YAML is accepted: no tags, anchors, aliases, merge keys, directives or second
documents. What else there is is told and passed over; where one line is to blame for what is no YAML, it is
mended, so that one run finds it all. Events are read one at a time, and too many mistakes, values or levels
end it: a hostile file costs little.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused, Related
from mlcycle.diagnostics.span import Span
from mlcycle.language import scalars, syntax
from mlcycle.language.mending import Mended
from mlcycle.language.text import decode
from mlcycle.language.tree import Entry, Mapping, Node, Place, Scalar, Sequence

#: One of yaml.events. Its stubs make marks optional and hide anchors; libyaml's events always have them.
_Event = Any

MAX_DEPTH = 64
MAX_NODES = 100_000
#: Mistakes after which a file is given up.
MAX_MISTAKES = 100
#: Mistakes of syntax after which it is: each is one more reading.
MAX_MENDED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's tree, and what in it is not accepted. broken: keys or items whose value is not in the tree."""

    root: Node
    mistakes: tuple[Diagnostic, ...] = ()
    broken: tuple[Span, ...] = ()


def read(data: bytes, file: str) -> Document:
    """The tree of a file's bytes without what is not accepted (0xx codes); spans carry the name `file`.

    Raises Refused where no tree can be made.
    """
    mended, told = Mended(decode(data, file)), list[Diagnostic]()
    while True:
        reader = _Reader(mended.text, file, mended.cut)
        try:
            root = reader.document()
        except yaml.MarkedYAMLError as error:
            found = syntax.explain(error, mended.text, file)
            further = not told or found.span.line > told[-1].span.line
            told += [mended.told(found)] if further else []
            without = mended.mend(found) if further and len(told) < MAX_MENDED else None
            if without is None:
                raise Refused((*map(mended.told, reader.mistakes), *told)) from None
            mended = without
        except _GivenUp:
            raise Refused((*told, *map(mended.told, reader.mistakes))) from None
        else:
            mistakes = (*told, *map(mended.told, reader.mistakes))
            broken = tuple(map(mended.span, reader.broken))
            return Document(root=mended.tree(root), mistakes=mistakes, broken=broken)


class _GivenUp(Exception):
    """The file is not read to its end."""


class _Reader:
    """Walks the events of one text."""

    def __init__(self, text: str, file: str, cut: frozenset[int]) -> None:
        self.mistakes: list[Diagnostic] = []
        self.broken: list[Span] = []
        self._next: Callable[[], _Event] = yaml.CSafeLoader(text).get_event
        self._file = file
        self._cut = cut
        self._nodes = 0
        self._aliases: set[str | None] = set()
        self._unread = False

    def document(self) -> Node:
        self._next()
        first = self._next()
        if not isinstance(first, DocumentStartEvent):
            self._give_up("MLC004", "the file has no content", first, "see `mlcycle init` for a first spec")
        if first.version is not None or first.tags is not None:
            self._tell("MLC017", "directives (`%YAML`, `%TAG`) are not used", first, "remove the line")
        root = self._node(self._next(), 1)
        if self._unread:
            raise _GivenUp
        end = self._next()
        if not isinstance(end, DocumentEndEvent):
            raise AssertionError(end)
        after = self._next()
        if not isinstance(after, StreamEndEvent):
            message, help_line = (
                "a second document begins here",
                "one file holds one spec; move this to its own",
            )
            self._tell("MLC012", message, after, f"{help_line} file")
        return root

    def _node(self, event: _Event, depth: int) -> Node:
        """The value that begins with an event. `_unread` says afterwards whether it was one to leave out."""
        self._unread = self._not_plain(event)
        if isinstance(event, AliasEvent):
            return Scalar(self._file, _place(event), None)
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if depth > MAX_DEPTH:
            self._give_up("MLC013", f"this is nested more than {MAX_DEPTH} levels deep", event)
        unread = self._unread
        inner = self._mapping if isinstance(event, MappingStartEvent) else self._sequence
        node = inner(event, depth)
        self._unread = self._unread or unread
        return node

    def _scalar(self, event: ScalarEvent) -> Scalar:
        text = event.value
        if "\0" in text:
            message, help_line = "the character U+0000 is not allowed here", "remove the escape `\\0`"
            self._unread = self._tell("MLC002", message, event, help_line)
        if not event.implicit[0]:
            return Scalar(self._file, _place(event), text, False)
        try:
            return Scalar(self._file, _place(event), scalars.resolve(text))
        except scalars.NotANumber:
            message = "this number is not one that 64 bits can hold"
            self._unread = self._tell("MLC016", message, event, "put it in quotes if it is text")
            return Scalar(self._file, _place(event), None)

    def _sequence(self, start: _Event, depth: int) -> Sequence:
        items: list[Node] = []
        while True:
            event = self._next()
            if isinstance(event, SequenceEndEvent):
                place = _around(start, event, items[-1].place if items else None)
                self._unread = False
                return Sequence(self._file, place, tuple(items))
            items.append(self._node(event, depth + 1))
            if self._unread:
                self.broken.append(items[-1].span)

    def _mapping(self, start: MappingStartEvent, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        last: Place | None = None
        merged = False
        while True:
            event = self._next()
            if isinstance(event, MappingEndEvent):
                place = _around(start, event, last)
                self._unread = merged
                return Mapping(self._file, place, entries, bool(start.flow_style))
            key, place = self._key(event), _place(event)
            merged = merged or (key is None and self._is_merge(event))
            value = self._node(self._next(), depth + 1)
            last = max(place, value.place)
            if key is None:
                continue
            if key in entries:
                self._duplicate(key, event, entries[key].place)
                continue
            entries[key] = Entry(place, value)
            if self._unread or place[0] in self._cut:
                self.broken.append(entries[key].key)

    def _key(self, event: _Event) -> str | None:
        """The text of a key; None for one that is not accepted."""
        if self._not_plain(event):
            return None
        if not isinstance(event, ScalarEvent):
            self._give_up("MLC015", "a key must be text, not a list or a mapping", event)
        if not event.implicit[0]:
            if "\0" in event.value:
                self._scalar(event)
                return None
            return str(event.value)
        if self._is_merge(event):
            help_line = "write the keys out; models have `extends:`"
            self._tell("MLC010", "merge keys (`<<`) are not used", event, help_line)
            return None
        self._unread = False
        named = isinstance(self._scalar(event).value, str)
        if not named and not self._unread:
            shown = f"`{event.value}`" if event.value else "an empty key"
            help_line = f'put it in quotes: `"{event.value}"`'
            self._tell("MLC015", f"a key must be text; {shown} is not", event, help_line)
        return str(event.value) if named and not self._unread else None

    def _is_merge(self, event: _Event) -> bool:
        return isinstance(event, ScalarEvent) and event.implicit[0] and event.value == "<<"

    def _not_plain(self, event: _Event) -> bool:
        """Whether a value is left out for what it is. An anchor's value stays; an alias is told once."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._give_up("MLC014", f"the file has more than {MAX_NODES:,} values", event)
        if isinstance(event, AliasEvent):
            if event.anchor not in self._aliases:
                message = f"aliases (`*{event.anchor}`) are not used"
                self._tell("MLC009", message, event, "write the value out")
            self._aliases.add(event.anchor)
            return True
        if event.anchor is not None:
            message = f"anchors (`&{event.anchor}`) are not used"
            self._tell("MLC008", message, event, "write the value out where it is needed")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            return self._tell("MLC011", f"tags (`{tag}`) are not used", event, "write the plain value")
        return False

    def _duplicate(self, key: str, again: _Event, first: Place) -> None:
        related = (Related(span=Span(self._file, *first), message="it was given here first"),)
        self._tell("MLC007", f"the key `{key}` is given twice", again, "keep one", related)

    def _give_up(self, code: str, message: str, event: _Event, help_line: str | None = None) -> NoReturn:
        self._tell(code, message, event, help_line)
        raise _GivenUp

    def _tell(
        self,
        code: str,
        message: str,
        event: _Event,
        help_line: str | None = None,
        related: tuple[Related, ...] = (),
    ) -> Literal[True]:
        line, column, end_line, end_column = _place(event)
        if (line, column) == (end_line, end_column):
            end_column += 1
        span = Span(self._file, line, column, end_line, end_column)
        self.mistakes.append(
            Diagnostic(code=code, message=message, span=span, help=help_line, related=related)
        )
        if len(self.mistakes) >= MAX_MISTAKES:
            raise _GivenUp
        return True


def _place(event: _Event) -> Place:
    start, end = event.start_mark, event.end_mark
    return start.line + 1, start.column + 1, end.line + 1, end.column + 1


def _around(start: _Event, end: _Event, last: Place | None) -> Place:
    """From the first event to the last; a block ends with its last value, not at whatever follows it."""
    line, column, _, _ = _place(start)
    _, _, end_line, end_column = _place(end)
    if last is not None and end.start_mark.index == end.end_mark.index:
        return line, column, last[2], last[3]
    return line, column, end_line, end_column
