"""CASE, IN and BETWEEN."""

from __future__ import annotations

from collections.abc import Sequence

from mlcycle.graph.expression_calls import apply, build, unify
from mlcycle.graph.expression_functions import OPERATORS
from mlcycle.graph.expression_value import Piece


def case(conditions: Sequence[Piece], values: Sequence[Piece], offset: int) -> Piece:
    """CASE WHEN condition THEN value ... ELSE the last of `values` END."""
    for condition in conditions:
        apply(OPERATORS["not"], [condition], condition.offset)
    aligned, dtype = unify(values, "CASE")
    branches = [piece for pair in zip(conditions, aligned[:-1], strict=True) for piece in pair]
    return build("case", [*branches, aligned[-1]], dtype, offset, _case_sql)


def _case_sql(sql: Sequence[str]) -> str:
    branches = zip(sql[:-1:2], sql[1:-1:2], strict=True)
    return f"(CASE {' '.join(f'WHEN {when} THEN {then}' for when, then in branches)} ELSE {sql[-1]} END)"


def contained(pieces: Sequence[Piece]) -> Piece:
    """The first piece IN the others."""
    aligned, _ = unify(pieces, "IN")
    return build("in", aligned, "bool", pieces[0].offset, lambda sql: f"({sql[0]} IN ({', '.join(sql[1:])}))")


def between(pieces: Sequence[Piece]) -> Piece:
    """The first piece BETWEEN the second AND the third."""
    for limit in pieces[1:]:
        apply(OPERATORS["less"], [pieces[0], limit], pieces[0].offset)
    aligned, _ = unify(pieces, "BETWEEN")
    return build(
        "between", aligned, "bool", pieces[0].offset, lambda sql: "({} BETWEEN {} AND {})".format(*sql)
    )
