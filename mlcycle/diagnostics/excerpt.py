"""The lines of a file that a diagnostic is about, with marks below: nothing in them can move the cursor."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from mlcycle.diagnostics.hiding import hidden
from mlcycle.diagnostics.span import Span

_WIDEST = 110
_BREAK = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """One line as shown, and the blank and the marks to print below it."""

    number: int
    text: str
    indent: str
    marks: str


def split_lines(text: str) -> list[str]:
    """The lines of a file, broken where the reader breaks them."""
    return _BREAK.split(text)


def excerpt(lines: Sequence[str], span: Span, mark: str) -> Excerpt | None:
    """The first line of a span with its part of it marked; None where the file has no such line."""
    if not 1 <= span.line <= len(lines):
        return None
    line = hidden(lines[span.line - 1])
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line.rstrip())
    end = max(end, start)
    cut = _cut(start, end, len(line))
    before, marked = visible(line[cut:start]), visible(line[start : min(end, cut + _WIDEST)])
    after = visible(line[end : max(end, cut + _WIDEST)])
    left, right = ("..." if cut else ""), ("..." if len(line) > max(end, cut + _WIDEST) else "")
    return Excerpt(
        number=span.line,
        text=f"{left}{before}{marked}{after}{right}".rstrip(),
        indent=" " * (len(left) + width(before)),
        marks=mark * max(1, width(marked)),
    )


def visible(text: str) -> str:
    """A text in which every character that is not printable is written as its escape."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escape(one) for one in text)


def width(text: str) -> int:
    """How many cells of a terminal a visible text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) + wide - sum(bool(unicodedata.combining(one)) for one in text)


def _cut(start: int, end: int, length: int) -> int:
    """Where to begin showing a line so that the marked part is seen."""
    if length <= _WIDEST or end <= _WIDEST:
        return 0
    return max(0, start - _WIDEST // 3)


def _escape(one: str) -> str:
    return "    " if one == "\t" else one.encode("unicode_escape").decode("ascii")
