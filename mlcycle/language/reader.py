"""YAML text -> a tree of nodes that know their place, from libyaml's events.

Only the plain part of YAML is accepted: no tags, anchors, aliases, merge keys, directives or second
documents. Events are read one at a time and the first refusal ends it, so that a hostile file costs little.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

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
from mlcycle.language.text import decode
from mlcycle.language.tree import Entry, Mapping, Node, Place, Scalar, Sequence

#: One of yaml.events. Its stubs make marks optional and hide anchors; libyaml's events always have them.
_Event = Any

MAX_DEPTH = 64
MAX_NODES = 100_000


def read(data: bytes, file: str) -> Node:
    """The tree of a file's bytes; `file` is the name that spans carry.

    Raises Refused with one diagnostic (a 0xx code) for the first thing that is not accepted.
    """
    text = decode(data, file)
    try:
        return _Reader(text, file).document()
    except yaml.MarkedYAMLError as error:
        raise Refused((syntax.explain(error, text, file),)) from None


class _Reader:
    """Walks the events of one text."""

    def __init__(self, text: str, file: str) -> None:
        self._events: Iterator[_Event] = yaml.parse(text, yaml.CSafeLoader)
        self._file = file
        self._nodes = 0

    def document(self) -> Node:
        next(self._events)
        first = next(self._events)
        if not isinstance(first, DocumentStartEvent):
            self._refuse("MLC004", "the file has no content", first, "see `mlcycle init` for a first spec")
        self._no_directives(first)
        root = self._node(next(self._events), 1)
        end = next(self._events)
        if not isinstance(end, DocumentEndEvent):
            raise AssertionError(end)
        after = next(self._events)
        if not isinstance(after, StreamEndEvent):
            self._refuse(
                "MLC012",
                "a second document begins here",
                after,
                "one file holds one spec; move this to its own file",
            )
        return root

    def _node(self, event: _Event, depth: int) -> Node:
        self._plain_only(event)
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if depth > MAX_DEPTH:
            self._refuse("MLC013", f"this is nested more than {MAX_DEPTH} levels deep", event)
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, depth)
        return self._sequence(event, depth)

    def _scalar(self, event: ScalarEvent) -> Scalar:
        text = event.value
        if "\0" in text:
            self._refuse(
                "MLC002", "the character U+0000 is not allowed here", event, "remove the escape `\\0`"
            )
        if not event.implicit[0]:
            return Scalar(self._file, _place(event), text, False)
        try:
            return Scalar(self._file, _place(event), scalars.resolve(text))
        except scalars.NotANumber:
            help_line = "put it in quotes if it is text"
            self._refuse("MLC016", "this number is not one that 64 bits can hold", event, help_line)

    def _sequence(self, start: _Event, depth: int) -> Sequence:
        items: list[Node] = []
        while True:
            event = next(self._events)
            if isinstance(event, SequenceEndEvent):
                place = _around(start, event, items[-1].place if items else None)
                return Sequence(self._file, place, tuple(items))
            items.append(self._node(event, depth + 1))

    def _mapping(self, start: MappingStartEvent, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        last: Place | None = None
        while True:
            event = next(self._events)
            if isinstance(event, MappingEndEvent):
                place = _around(start, event, last)
                return Mapping(self._file, place, entries, bool(start.flow_style))
            key, place = self._key(event), _place(event)
            if key in entries:
                self._duplicate(key, event, entries[key].place)
            value = self._node(next(self._events), depth + 1)
            entries[key] = Entry(place, value)
            last = max(place, value.place)

    def _key(self, event: _Event) -> str:
        self._plain_only(event)
        if not isinstance(event, ScalarEvent):
            self._refuse("MLC015", "a key must be text, not a list or a mapping", event)
        if event.implicit[0]:
            if event.value == "<<":
                self._refuse(
                    "MLC010",
                    "merge keys (`<<`) are not used",
                    event,
                    "write the keys out; models have `extends:`",
                )
            if not isinstance(self._scalar(event).value, str):
                shown = f"`{event.value}`" if event.value else "an empty key"
                self._refuse(
                    "MLC015",
                    f"a key must be text; {shown} is not",
                    event,
                    f'put it in quotes: `"{event.value}"`',
                )
        elif "\0" in event.value:
            self._scalar(event)
        return str(event.value)

    def _plain_only(self, event: _Event) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._refuse("MLC014", f"the file has more than {MAX_NODES:,} values", event)
        if isinstance(event, AliasEvent):
            self._refuse("MLC009", f"aliases (`*{event.anchor}`) are not used", event, "write the value out")
        if event.anchor is not None:
            self._refuse(
                "MLC008",
                f"anchors (`&{event.anchor}`) are not used",
                event,
                "write the value out where it is needed",
            )
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse("MLC011", f"tags (`{tag}`) are not used", event, "write the plain value")

    def _no_directives(self, event: DocumentStartEvent) -> None:
        if event.version is not None or event.tags is not None:
            self._refuse("MLC017", "directives (`%YAML`, `%TAG`) are not used", event, "remove the line")

    def _duplicate(self, key: str, again: _Event, first: Place) -> NoReturn:
        related = (Related(span=Span(self._file, *first), message="it was given here first"),)
        self._refuse("MLC007", f"the key `{key}` is given twice", again, "keep one", related)

    def _refuse(
        self,
        code: str,
        message: str,
        event: _Event,
        help_line: str | None = None,
        related: tuple[Related, ...] = (),
    ) -> NoReturn:
        line, column, end_line, end_column = _place(event)
        if (line, column) == (end_line, end_column):
            end_column += 1
        span = Span(self._file, line, column, end_line, end_column)
        raise Refused((Diagnostic(code=code, message=message, span=span, help=help_line, related=related),))


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
