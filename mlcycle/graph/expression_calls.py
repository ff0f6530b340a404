"""The rules of dtypes: what an operator or function may be given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from mlcycle.graph import expression_duckdb as sql
from mlcycle.graph.column import DType
from mlcycle.graph.expression_functions import FAMILIES, Function
from mlcycle.graph.expression_value import Dtype, ExpressionError, Piece, call

_STORED = {
    "int64": "DOUBLE",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "string": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
    "unknown": "DOUBLE",
}
_TYPES: dict[str, DType] = {
    "bigint": "int64",
    "int64": "int64",
    "int": "int64",
    "integer": "int64",
    "double": "float64",
    "float64": "float64",
    "boolean": "bool",
    "bool": "bool",
    "text": "string",
    "string": "string",
    "timestamp": "timestamp",
    "timestamptz": "timestamp",
    "date": "date",
}
_ORDERED_NAMES = {"less", "less_equal", "greater", "greater_equal", "greatest", "least"}
_SIGNS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "modulo": "%",
    "negate": "-",
    "join": "||",
    "equal": "=",
    "not_equal": "<>",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "and": "AND",
    "or": "OR",
    "not": "NOT",
}
_NUMBER = "[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?"
_WHOLE = "[+-]?[0-9]+"


def apply(function: Function, pieces: Sequence[Piece], offset: int) -> Piece:
    """`function` called with `pieces`; raises ExpressionError where their number or dtypes do not fit."""
    check_count(function.name, len(pieces), function.least, function.most, offset)
    shown = _SIGNS.get(function.name, function.name)
    if function.takes == "same":
        if function.name in _ORDERED_NAMES:
            _refuse_order(pieces, shown)
        arguments, dtype = unify(pieces, shown)
    else:
        for piece in pieces:
            if FAMILIES[piece.dtype] not in (function.takes, "any"):
                raise mismatch(shown, pieces, piece, function.takes)
        dtype = _common(pieces)
        stored: Dtype = {"number": "float64", "text": "string", "bool": "bool"}[function.takes]  # type: ignore[assignment]
        arguments = [typed(piece, stored) for piece in pieces]
    gives: Dtype = dtype if function.gives == "same" else function.gives
    return build(function.name, arguments, gives, offset, function.duckdb)


def unify(pieces: Sequence[Piece], shown: str) -> tuple[list[Piece], Dtype]:
    """The pieces and the one dtype they share; whole and decimal numbers share float64."""
    families = {FAMILIES[piece.dtype]: piece for piece in pieces if FAMILIES[piece.dtype] != "any"}
    kinds = {piece.dtype for piece in pieces if FAMILIES[piece.dtype] == "time"}
    if len(families) > 1 or len(kinds) > 1:
        first = next(piece for piece in pieces if FAMILIES[piece.dtype] != "any")
        other = next(p for p in pieces if FAMILIES[p.dtype] != "any" and not _alike(p.dtype, first.dtype))
        raise ExpressionError(
            "MLC337",
            f"`{shown}` between {named(first)} and {named(other)}: both have to be of one type",
            other.offset,
            _advice(first, other),
        )
    dtype = _common(pieces)
    return [typed(piece, dtype) for piece in pieces], dtype


def _alike(one: Dtype, other: Dtype) -> bool:
    return one == other or (FAMILIES[one] == FAMILIES[other] == "number")


def _common(pieces: Sequence[Piece]) -> Dtype:
    dtypes = {piece.dtype for piece in pieces} - {"null"}
    if not dtypes:
        return "null"
    if "unknown" in dtypes:
        return "unknown"
    return "float64" if dtypes == {"int64", "float64"} else next(iter(dtypes))


def typed(piece: Piece, dtype: Dtype) -> Piece:
    """A literal NULL takes the dtype of what it stands beside."""
    if piece.dtype != "null" or dtype == "null":
        return piece
    duckdb = f"CAST(NULL AS {_STORED[dtype]})"
    if FAMILIES[dtype] in ("text", "time"):
        tree = call("cast", piece.tree, {"literal": "null"}, {"literal": dtype})
        return replace(piece, tree=tree, duckdb=duckdb)
    return replace(piece, duckdb=duckdb)


def _refuse_order(pieces: Sequence[Piece], shown: str) -> None:
    for piece in pieces:
        if piece.dtype == "bool":
            raise ExpressionError(
                "MLC337",
                f"`{shown}` does not order bool values",
                piece.offset,
                "compare with = or <>, or use AND and OR",
            )


def mismatch(shown: str, pieces: Sequence[Piece], wrong: Piece, takes: str) -> ExpressionError:
    wants = {"number": "numbers", "text": "text", "bool": "conditions (bool)"}[takes]
    others = [piece for piece in pieces if piece is not wrong]
    between = f"{named(pieces[0])} and {named(pieces[1])}" if len(pieces) == 2 and others else named(wrong)
    help = {
        ("number", "string"): "cast the text first: CAST(x AS float64)",
        ("number", "bool"): "cast the condition first: CAST(x AS int64)",
        ("text", "int64"): "cast the number first: CAST(x AS string)",
        ("bool", "int64"): "compare it: x <> 0",
    }.get((takes, wrong.dtype))
    return ExpressionError("MLC337", f"`{shown}` takes {wants}, not {between}", wrong.offset, help)


def _advice(first: Piece, other: Piece) -> str | None:
    timestamp = "timestamp" in (first.dtype, other.dtype)
    if timestamp and "string" in (first.dtype, other.dtype):
        return "write a moment as TIMESTAMP '2013-01-31T12:00:00Z'"
    if {"date", "timestamp"} == {first.dtype, other.dtype}:
        return "cast one of them: CAST(x AS date)"
    if "string" in (first.dtype, other.dtype):
        return "cast one of them, or put quotes around the literal"
    return None


def named(piece: Piece) -> str:
    tree = piece.tree
    if "column" in tree:
        return f"`{tree['column']}` ({piece.dtype})"
    if "literal" in tree:
        return f"{tree['literal']!r} ({piece.dtype})"
    return f"a value of type {piece.dtype}"


def check_count(name: str, given: int, least: int, most: int | None, offset: int) -> None:
    if given >= least and (most is None or given <= most):
        return
    wanted = f"{least}" if most == least else f"at least {least}" if most is None else f"{least} to {most}"
    noun = "argument" if wanted == "1" else "arguments"
    raise ExpressionError("MLC335", f"`{name}` takes {wanted} {noun}, not {given}", offset)


def build(
    name: str, pieces: Sequence[Piece], dtype: Dtype, offset: int, duckdb: Callable[[Sequence[str]], str]
) -> Piece:
    """The call of `name` with `pieces`; `duckdb` renders it from theirs, where all of them have one."""
    rendered = [piece.duckdb for piece in pieces if piece.duckdb is not None]
    return Piece(
        tree=call(name, *(piece.tree for piece in pieces)),
        dtype=dtype,
        offset=offset,
        duckdb=duckdb(rendered) if len(rendered) == len(pieces) else None,
        references=frozenset[str]().union(*(piece.references for piece in pieces)),
    )


def cast(piece: Piece, written: str, offset: int) -> Piece:
    """CAST(piece AS written): to one of our dtypes, where that says one thing only."""
    to = _TYPES.get(written.lower())
    if to is None:
        message = f"there is no type `{written.lower()}` to cast to"
        raise ExpressionError(
            "MLC338", message, offset, "the types are int64, float64, bool, string, timestamp, date"
        )
    if piece.dtype in ("null", to):
        return replace(typed(piece, to), dtype=to)
    if piece.is_literal and to in ("timestamp", "date") and piece.dtype == "string":
        return _moment(piece, to)
    render = _CASTS.get((piece.dtype, to))
    if render is None and piece.dtype != "unknown":
        raise ExpressionError(
            "MLC338", f"{named(piece)} cannot be cast to {to}", piece.offset, _cast_help(piece.dtype, to)
        )
    duckdb = None if piece.duckdb is None or render is None else render.format(piece.duckdb)
    tree = call("cast", piece.tree, {"literal": piece.dtype}, {"literal": to})
    return replace(piece, tree=tree, dtype=to, duckdb=duckdb)


_CASTS: dict[tuple[Dtype, DType], str] = {
    ("int64", "float64"): "{0}",
    ("int64", "bool"): "({0} <> 0)",
    ("int64", "string"): "CAST(TRY_CAST({0} AS BIGINT) AS VARCHAR)",
    ("float64", "int64"): "CAST(TRY_CAST({0} AS BIGINT) AS DOUBLE)",
    ("float64", "bool"): "({0} <> 0)",
    ("bool", "int64"): "CAST({0} AS DOUBLE)",
    ("bool", "float64"): "CAST({0} AS DOUBLE)",
    ("bool", "string"): "CAST({0} AS VARCHAR)",
    ("string", "float64"): sql.finite(sql.matching(_NUMBER)),
    ("string", "int64"): f"CAST(TRY_CAST({sql.finite(sql.matching(_WHOLE))} AS BIGINT) AS DOUBLE)",
    ("timestamp", "date"): "CAST(timezone('UTC', {0}) AS DATE)",
    ("date", "timestamp"): "timezone('UTC', CAST({0} AS TIMESTAMP))",
}


def _cast_help(dtype: Dtype, to: DType) -> str | None:
    if (dtype, to) == ("float64", "string"):
        return "the text of a decimal number is not one thing: cast to int64 first"
    if to in ("timestamp", "date"):
        return "declare `timestamp_format` on the source, so that the column is read as a timestamp"
    return None


def _moment(piece: Piece, to: DType) -> Piece:
    text = str(piece.literal)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ExpressionError(
            "MLC340",
            f"{text!r} is not a {to}",
            piece.offset,
            "write it as 2013-01-31T12:00:00Z or 2013-01-31",
        ) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    written = moment.date().isoformat() if to == "date" else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    duckdb = f"DATE '{written}'" if to == "date" else f"TIMESTAMPTZ '{written}'"
    tree = call("cast", {"literal": written}, {"literal": "string"}, {"literal": to})
    return replace(piece, tree=tree, dtype=to, duckdb=duckdb)
