"""Bytes of a file -> text that is safe to parse and to show."""

from __future__ import annotations

import re

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import Span

MAX_BYTES = 1024 * 1024

#: YAML's own set, less what reorders or breaks lines in some tools and not in others (bidirectional controls,
#: U+0085, U+2028, U+2029) and less a byte order mark in the middle.
_NOT_ALLOWED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_BREAK = re.compile("\r\n|\r|\n")


def lines(text: str) -> list[str]:
    """The lines of a text, broken where YAML breaks them."""
    return _BREAK.split(text)


def decode(data: bytes, file: str) -> str:
    """The text of a file, without a byte order mark.

    Raises Refused: more than 1 MiB (MLC003), not UTF-8 (MLC001), a control character (MLC002).
    """
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data):,} bytes; the limit is {MAX_BYTES:,}"
        raise Refused((Diagnostic(code="MLC003", message=message, span=Span(file, 1, 1, 1, 1)),))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused((_not_utf8(data, error.start, file),)) from None
    found = _NOT_ALLOWED.search(text)
    if found is not None:
        raise Refused((_not_allowed(text, found.start(), file),))
    return text


def _place(text: str, offset: int, file: str) -> Span:
    above = lines(text[:offset])
    line, column = len(above), len(above[-1]) + 1
    return Span(file, line, column, line, column + 1)


def _not_utf8(data: bytes, offset: int, file: str) -> Diagnostic:
    before = data[:offset].decode("utf-8-sig")
    return Diagnostic(
        code="MLC001",
        message=f"byte 0x{data[offset]:02X} is not UTF-8",
        span=_place(before, len(before), file),
        help="save the file with the encoding UTF-8",
    )


def _not_allowed(text: str, offset: int, file: str) -> Diagnostic:
    return Diagnostic(
        code="MLC002",
        message=f"the character U+{ord(text[offset]):04X} is not allowed here",
        span=_place(text, offset, file),
        help="remove it: it is invisible, or moves the text around it",
    )
