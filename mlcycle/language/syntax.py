"""A parser's complaint in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.diagnostics.span import Span
from mlcycle.language.text import lines

if TYPE_CHECKING:
    from yaml import Mark, MarkedYAMLError

_COLON = "a text that has `: ` in it needs quotes; a key needs a line of its own"
_CLOSE = "close the bracket, and separate the items with commas"

#: What libyaml says -> what we say, and what to do.
_WORDING: dict[str, tuple[str, str | None]] = {
    "mapping values are not allowed in this context": ("a `:` is not expected here", _COLON),
    "did not find expected ',' or ']'": ("this list in brackets is not closed", _CLOSE),
    "did not find expected ',' or '}'": ("this mapping in braces is not closed", _CLOSE),
    "did not find expected key": (
        "this line does not fit the indentation above it",
        "align it with its siblings",
    ),
    "could not find expected ':'": ("this line is neither `key: value` nor an item of a list", None),
    "did not find expected '-' indicator": (
        "an item of the list is expected here",
        "begin the line with `- `",
    ),
    "block sequence entries are not allowed in this context": (
        "a list cannot begin here",
        "start a new line",
    ),
    "found unexpected end of stream": ("this quote is never closed", "add the closing quote"),
    "found unknown escape character": (
        "this escape is not known in double quotes",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    "found character that cannot start any token": (
        "a value cannot begin with this character",
        "put it in quotes",
    ),
    "did not find expected <document start>": ("there is something after the end of the document", None),
}
#: Complaints that are best shown where the unfinished thing began.
_AT_START = frozenset(
    {"found unexpected end of stream", "did not find expected ',' or ']'", "did not find expected ',' or '}'"}
)


def explain(error: MarkedYAMLError, text: str, file: str) -> Diagnostic:
    """The diagnostic for a syntax error; a tab that indents has a code of its own."""
    problem = (error.problem or "").strip()
    rows = lines(text)
    end = error.problem_mark or error.context_mark
    tab = _tab(rows, end, file)
    if tab is not None:
        return Diagnostic(
            code="MLC006", message="a tab cannot indent", span=tab, help="indent with spaces, two a level"
        )
    begin = error.context_mark if problem in _AT_START and error.context_mark else end
    message, help_line = _WORDING.get(
        problem, (f"this is not YAML: {problem or 'it cannot be parsed'}", None)
    )
    return Diagnostic(
        code="MLC005",
        message=message,
        span=_character(rows, begin, file),
        help=help_line,
        related=_noticed(rows, begin, end, file),
    )


def _character(rows: list[str], mark: Mark | None, file: str) -> Span:
    if mark is None:
        return Span(file, 1, 1, 1, 1)
    line = min(mark.line, len(rows) - 1)
    column = min(mark.column, len(rows[line])) + 1 if line == mark.line else len(rows[line]) + 1
    return Span(file, line + 1, column, line + 1, column + 1)


def _noticed(rows: list[str], begin: Mark | None, end: Mark | None, file: str) -> tuple[Related, ...]:
    if begin is None or end is None or (begin.line, begin.column) == (end.line, end.column):
        return ()
    ended = not any(row.strip() for row in rows[end.line :])
    message = "the file ends here" if ended else "it was noticed here"
    return (Related(span=_character(rows, end, file), message=message),)


def _tab(rows: list[str], mark: Mark | None, file: str) -> Span | None:
    if mark is None or mark.line >= len(rows):
        return None
    row = rows[mark.line]
    indent = row[: len(row) - len(row.lstrip())]
    at = indent.find("\t")
    if at < 0 and row[mark.column : mark.column + 1] == "\t":
        at = mark.column
    return Span(file, mark.line + 1, at + 1, mark.line + 1, at + 2) if at >= 0 else None
