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
from mlcycle.language.tree import Entry, Mapping, Node, Scalar, Sequence

#: One of yaml.events. Its stubs make marks optional and hide anchors; libyaml's events always have them.
_Event = Any

MAX_DEPTH = 64
MAX_NODES = 200_000


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
        span = self._span(event)
        if not event.implicit[0]:
            return Scalar(span, text, False)
        try:
            return Scalar(span, scalars.resolve(text))
        except scalars.NotANumber:
            self._refuse(
                "MLC016",
                "this number is not one that 64 bits can hold",
                event,
                "put it in quotes if it is text",
            )

    def _sequence(self, start: _Event, depth: int) -> Sequence:
        items: list[Node] = []
        while True:
            event = next(self._events)
            if isinstance(event, SequenceEndEvent):
                last = items[-1].span if items else None
                return Sequence(self._around(start, event, last), tuple(items))
            items.append(self._node(event, depth + 1))

    def _mapping(self, start: MappingStartEvent, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        last: Span | None = None
        while True:
            event = next(self._events)
            if isinstance(event, MappingEndEvent):
                return Mapping(self._around(start, event, last), entries, bool(start.flow_style))
            key = self._key(event)
            place = self._span(event)
            if key in entries:
                self._duplicate(key, place, entries[key].key)
            value = self._node(next(self._events), depth + 1)
            entries[key] = Entry(place, value)
            last = max(place, value.span)

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
                    "MLC015", f"a key must be text; {shown} is not", event, f'write "{event.value}" in quotes'
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
            self._refuse("MLC011", f"tags (`{event.tag}`) are not used", event, "write the plain value")

    def _no_directives(self, event: DocumentStartEvent) -> None:
        if event.version is not None or event.tags is not None:
            self._refuse("MLC017", "directives (`%YAML`, `%TAG`) are not used", event, "remove the line")

    def _duplicate(self, key: str, again: Span, first: Span) -> NoReturn:
        related = (Related(span=first, message="it was given here first"),)
        message = f"the key `{key}` is given twice"
        raise Refused(
            (Diagnostic(code="MLC007", message=message, span=again, help="keep one", related=related),)
        )

    def _refuse(self, code: str, message: str, event: _Event, help_line: str | None = None) -> NoReturn:
        span = self._span(event)
        if span.line == span.end_line and span.column == span.end_column:
            span = Span(span.file, span.line, span.column, span.line, span.column + 1)
        raise Refused((Diagnostic(code=code, message=message, span=span, help=help_line),))

    def _span(self, event: _Event) -> Span:
        start, end = event.start_mark, event.end_mark
        return Span(self._file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _around(self, start: _Event, end: _Event, last: Span | None) -> Span:
        """From the first event to the last; a block ends with its last value, not at whatever follows it."""
        begin, close = start.start_mark, end.end_mark
        if last is not None and end.start_mark.index == close.index:
            return Span(self._file, begin.line + 1, begin.column + 1, last.end_line, last.end_column)
        return Span(self._file, begin.line + 1, begin.column + 1, close.line + 1, close.column + 1)
