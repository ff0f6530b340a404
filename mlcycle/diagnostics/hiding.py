"""Secrets that somebody wrote into a file are not repeated in what is said about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mlcycle.diagnostics.span import Span

_PASSWORD = re.compile(r"(://[^/@\s:$]*:|[?&](?i:ssl)?(?i:password)=)([^/@&#\s\"']+)")
_REFERENCE = re.compile(r"(?:\$\{env:\w+\})+")


def hidden(text: str) -> str:
    """A text of the same length, with a star for each character of a password in an address."""
    return _PASSWORD.sub(_stars, text) if "://" in text else text


def without(rows: Sequence[str], secrets: Iterable[Span]) -> list[str]:
    """The lines of a file with stars for what is known to be secret."""
    found = list(rows)
    for span in secrets:
        for number in range(span.line, min(span.end_line, len(found)) + 1):
            row = found[number - 1]
            start = span.column - 1 if number == span.line else 0
            end = span.end_column - 1 if number == span.end_line else len(row)
            found[number - 1] = row[:start] + "*" * len(row[start:end]) + row[end:]
    return found


def _stars(found: re.Match[str]) -> str:
    named = _REFERENCE.fullmatch(found[2]) is not None
    return found[0] if named else found[1] + "*" * len(found[2])
