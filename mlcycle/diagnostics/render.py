"""Diagnostics for people (text with excerpts), for tools (JSON) and for GitHub (annotations)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from mlcycle.diagnostics.diagnostic import Diagnostic, Related, Severity
from mlcycle.diagnostics.excerpt import Excerpt, excerpt, split_lines, visible
from mlcycle.diagnostics.hiding import hidden, without
from mlcycle.diagnostics.span import Span

_BOLD, _BLUE, _RESET = "\x1b[1m", "\x1b[34m", "\x1b[0m"
_COLORS: Mapping[Severity, str] = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "note": "\x1b[1;36m"}
#: Codes whose place holds a secret, which no log shall repeat.
_SECRET = frozenset({"MLC114"})
_COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def as_text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], color: bool = False) -> str:
    """Every diagnostic with its excerpt, by place, a blank line between two; ends with a line break.

    sources: file -> its text; a file that is not in it is shown without an excerpt. color: for a terminal.
    """
    listed = sorted(diagnostics, key=lambda one: one.order)
    secrets = [one.span for one in listed if one.code in _SECRET]
    files = {
        file: without(split_lines(text), (span for span in secrets if span.file == file))
        for file, text in sources.items()
    }
    return "\n".join(_one(diagnostic, files, color) for diagnostic in listed)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """ "2 errors, 1 warning"; "no mistakes found" where there are none."""
    counts = {severity: sum(one.severity == severity for one in diagnostics) for severity in _COMMANDS}
    parts = [f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in counts.items() if count]
    return ", ".join(parts) or "no mistakes found"


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON list, by place: code, severity, message, help, place, related places."""
    listed = [
        {
            "code": one.code,
            "severity": one.severity,
            "message": hidden(one.message),
            "help": one.help,
            **_place(one.span),
            "related": [{"message": other.message, **_place(other.span)} for other in one.related],
        }
        for one in sorted(diagnostics, key=lambda one: one.order)
    ]
    return json.dumps(listed, indent=2, ensure_ascii=False) + "\n"


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands that GitHub Actions shows as annotations of the lines.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
    """
    lines = []
    for one in sorted(diagnostics, key=lambda one: one.order):
        place = {"file": one.span.file, "line": one.span.line, "endLine": one.span.end_line}
        if one.span.line == one.span.end_line:
            place |= {"col": one.span.column, "endColumn": one.span.end_column}
        given = {**(place if one.span.file else {}), "title": one.code}
        properties = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in given.items())
        message = hidden(one.message)
        body = message if one.help is None else f"{message}\n{one.help}"
        lines.append(f"::{_COMMANDS[one.severity]} {properties}::{_escaped(body)}\n")
    return "".join(lines)


def _one(diagnostic: Diagnostic, files: Mapping[str, Sequence[str]], color: bool) -> str:
    if diagnostic.code in _SECRET:
        files = {}
    places: list[tuple[Span, Related | None]] = [(diagnostic.span, None)]
    places += [(related.span, related) for related in diagnostic.related]
    margin = max(len(str(span.line)) for span, _ in places)
    lines = [_headline(diagnostic, color)]
    for span, related in places:
        if span.file:
            lines += _where(span, related, files, margin, color)
    if diagnostic.help is not None:
        lines.append(_paint(" " * margin + " = ", _BLUE, color) + f"help: {visible(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def _headline(diagnostic: Diagnostic, color: bool) -> str:
    label = _paint(f"{diagnostic.severity}[{diagnostic.code}]", _COLORS[diagnostic.severity], color)
    return label + _paint(f": {visible(hidden(diagnostic.message))}", _BOLD, color)


def _where(
    span: Span, related: Related | None, files: Mapping[str, Sequence[str]], margin: int, color: bool
) -> list[str]:
    arrow = _paint(" " * margin + ("--> " if related is None else "::: "), _BLUE, color)
    found = excerpt(files.get(span.file, ()), span, "^" if related is None else "-")
    if found is None:
        note = f": {visible(related.message)}" if related is not None else ""
        return [f"{arrow}{visible(str(span))}{note}"]
    return [f"{arrow}{visible(str(span))}", *_lines(found, related, margin, color)]


def _lines(found: Excerpt, related: Related | None, margin: int, color: bool) -> list[str]:
    bar = _paint(" " * margin + " |", _BLUE, color)
    number = _paint(f"{found.number:>{margin}} |", _BLUE, color)
    marks = _paint(found.marks, _COLORS["error"] if related is None else _BLUE, color)
    note = f" {visible(related.message)}" if related is not None else ""
    return [bar, f"{number} {found.text}".rstrip(), f"{bar} {found.indent}{marks}{note}"]


def _paint(text: str, style: str, color: bool) -> str:
    return f"{style}{text}{_RESET}" if color else text


def _place(span: Span) -> dict[str, str | int]:
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _escaped(text: str, also: str = "") -> str:
    for one in f"%\r\n{also}":
        text = text.replace(one, f"%{ord(one):02X}")
    return text
