"""Columns made of other columns: how dtype, availability, marks and lineage go on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import NOWHERE, Span
from mlcycle.graph.availability import latest
from mlcycle.graph.column import Column, DType
from mlcycle.kinds.interface import Mistake, Reads
from mlcycle.language.base import SpecModel
from mlcycle.lowering.resolved import Table, Use

if TYPE_CHECKING:
    from mlcycle.graph.expression import Expression, ExpressionError

_WORD = re.compile(r"[\w.]+|.")


def made_of(
    name: str,
    dtype: DType,
    parts: Iterable[Column],
    *,
    available_after: timedelta | None = None,
    description: str | None = None,
    span: Span = NOWHERE,
) -> Column:
    """A column computed from `parts`: as late as the last of them, as sensitive as any of them.

    A declared `available_after` can make it later, never earlier.
    """
    parts = tuple(parts)
    return Column(
        name=name,
        dtype=dtype,
        nullable=any(part.nullable for part in parts),
        available_after=latest((available_after, *(part.available_after for part in parts))),
        sensitive=any(part.sensitive for part in parts),
        pii=any(part.pii for part in parts),
        lineage=frozenset().union(*(part.lineage for part in parts)),
        description=description,
        span=span,
    )


def renamed(column: Column, name: str, span: Span) -> Column:
    """The same column under another name."""
    return replace(column, name=name, span=span)


def uses(model: SpecModel, reads: Iterable[Reads], table: Table, by: str) -> tuple[Use, ...]:
    """What a kind reads, looked up in `table`."""
    return tuple(
        Use(
            name=read.name,
            column=table.find(read.name),
            span=_place(model, read),
            by=by,
            table=table,
            accepts=read.accepts,
        )
        for read in reads
    )


def _place(model: SpecModel, read: Reads) -> Span:
    """Where a column is named: the key, the word within an expression, or the value."""
    if read.key:
        return model.key_span(*read.path)
    span = model.span(*read.path)
    text = getattr(model, "expression", None) if read.path == ("expression",) else None
    found = re.search(rf"(?<![\w.]){re.escape(read.name)}(?![\w.])", text) if isinstance(text, str) else None
    return narrowed(span, text, found.start()) if found and isinstance(text, str) else span


def placed(part: SpecModel, found: Iterable[Mistake]) -> Iterator[Diagnostic]:
    """The mistakes of a part where they were written."""
    for mistake in found:
        of_key = mistake.key or mistake.path[:1] == ("params",)
        span = part.key_span(*mistake.path) if of_key else part.span(*mistake.path)
        text = getattr(part, str(mistake.path[0]), None) if mistake.offset is not None else None
        if mistake.offset is not None and isinstance(text, str):
            span = narrowed(span, text, mistake.offset)
        yield Diagnostic(
            code=mistake.code,
            message=mistake.message,
            span=span,
            severity=mistake.severity,
            help=mistake.help,
        )


def named(model: SpecModel, names: Iterable[str], table: Table, by: str, *path: str | int) -> tuple[Use, ...]:
    """The columns of a list at `path` of `model`, looked up in `table`."""
    return uses(model, (Reads(name=name, path=(*path, i)) for i, name in enumerate(names)), table, by)


class OpenDTypes(dict[str, DType]):
    """The dtypes of a table that may have more columns than are known: those are of unknown dtype."""

    def __init__(self, table: Table) -> None:
        super().__init__(table.dtypes())
        self._table = table

    def get(self, key: str, default: object = None) -> DType:
        found = super().get(key)
        return "unknown" if found is None and self._table.could_have(key) else found  # type: ignore[return-value]


def dtypes_of(table: Table) -> Mapping[str, DType]:
    """Name -> dtype, for parsing an expression over the table."""
    return table.dtypes() if table.complete and not table.open_views else OpenDTypes(table)


def parsed(sql: str, table: Table, span: Span) -> tuple[Expression | None, tuple[Diagnostic, ...]]:
    """An expression over the table's columns, or what is wrong with it; `span` is where it was written."""
    from mlcycle.graph.expression import ExpressionError, parse

    try:
        return parse(sql, dtypes_of(table)), ()
    except ExpressionError as error:
        return None, (expression_finding(error, sql, span),)


def not_in_a_table(span: Span) -> Diagnostic:
    """An expression that only a feature can compute."""
    return Diagnostic(
        code="MLC313",
        message="`is_holiday` can be computed as a feature only",
        span=span,
        help="make it a feature of a view: `{kind: is_holiday, column: ..., country: US}`",
    )


def expression_finding(error: ExpressionError, sql: str, span: Span) -> Diagnostic:
    """An ExpressionError as a finding, at the word of the expression that caused it."""
    place = narrowed(span, sql, error.offset)
    return Diagnostic(code=error.code, message=error.message, span=place, help=error.help)


def narrowed(span: Span, text: str, offset: int) -> Span:
    """The word at `offset` of a text written at `span`; all of it where the text has escapes or lines."""
    width = span.end_column - span.column
    quotes = width - len(text)
    word = _WORD.match(text, offset)
    if span.line != span.end_line or quotes not in (0, 2) or word is None:
        return span
    column = span.column + quotes // 2 + offset
    return Span(span.file, span.line, column, span.line, column + len(word[0]))
