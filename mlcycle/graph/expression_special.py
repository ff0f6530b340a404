"""Functions whose arguments have rules of their own."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from mlcycle.graph import expression_duckdb as sql
from mlcycle.graph.column import DType
from mlcycle.graph.expression_calls import build, check_count, mismatch, named, typed, unify
from mlcycle.graph.expression_functions import FAMILIES
from mlcycle.graph.expression_value import ExpressionError, Piece, call

_MOST_DIGITS = 15
_NULLIF = "list_filter([{0}], lambda v: v IS DISTINCT FROM {1})[1]"
_SECONDS = "(CAST(epoch_us({1}) - epoch_us({0}) AS DOUBLE) / 1e6)"


def special(name: str, pieces: Sequence[Piece], offset: int) -> Piece:
    """The call of one of `expression_functions.SPECIAL`."""
    calls = {
        "round": _round,
        "nullif": _nullif,
        "timestamp_part": _timestamp_part,
        "is_holiday": _is_holiday,
        "seconds_between": _seconds_between,
    }
    return calls[name](pieces, offset)


def _round(pieces: Sequence[Piece], offset: int) -> Piece:
    check_count("round", len(pieces), 1, 2, offset)
    value = pieces[0]
    if FAMILIES[value.dtype] not in ("number", "any"):
        raise mismatch("round", pieces, value, "number")
    digits = pieces[1] if len(pieces) == 2 else None
    count = 0 if digits is None else digits.literal if digits.is_literal else None
    if type(count) is not int or not 0 <= count <= _MOST_DIGITS:
        place = offset if digits is None else digits.offset
        raise ExpressionError("MLC339", f"`round` takes a number of digits from 0 to {_MOST_DIGITS}", place)
    duckdb = None if value.duckdb is None else sql.finite(f"round({value.duckdb}, {count})")
    tree = call("round", value.tree, {"literal": count})
    return Piece(tree=tree, dtype=value.dtype, offset=offset, duckdb=duckdb, references=value.references)


def _nullif(pieces: Sequence[Piece], offset: int) -> Piece:
    check_count("nullif", len(pieces), 2, 2, offset)
    pair, dtype = unify(pieces, "nullif")
    return build("nullif", pair, dtype, offset, lambda sql: _NULLIF.format(*sql))


def _timestamp_part(pieces: Sequence[Piece], offset: int) -> Piece:
    check_count("timestamp_part", len(pieces), 2, 3, offset)
    timestamp = _timestamp("timestamp_part", pieces[0])
    part = _text("timestamp_part", "part", pieces[1])
    if part not in sql.PARTS:
        help = f"the parts are {', '.join(sql.PARTS)}"
        raise ExpressionError("MLC339", f"`{part}` is not a part of a timestamp", pieces[1].offset, help)
    timezone = _timezone("timestamp_part", pieces[2]) if len(pieces) == 3 else "UTC"
    duckdb = None if timestamp.duckdb is None else sql.timestamp_part(timestamp.duckdb, part, timezone)
    tree = call("timestamp_part", timestamp.tree, {"literal": part}, {"literal": timezone})
    return Piece(tree=tree, dtype="int64", offset=offset, duckdb=duckdb, references=timestamp.references)


def _is_holiday(pieces: Sequence[Piece], offset: int) -> Piece:
    check_count("is_holiday", len(pieces), 2, 4, offset)
    timestamp = _timestamp("is_holiday", pieces[0])
    country = _text("is_holiday", "country", pieces[1])
    if not (len(country) in (2, 3) and country.isascii() and country.isupper()):
        help = "write its ISO 3166 code: 'US', 'DE'"
        raise ExpressionError("MLC339", f"`{country}` is not a country's code", pieces[1].offset, help)
    subdivision = None
    if len(pieces) > 2 and pieces[2].dtype != "null":
        subdivision = _text("is_holiday", "subdivision", pieces[2])
    timezone = _timezone("is_holiday", pieces[3]) if len(pieces) == 4 else "UTC"
    tree = call(
        "is_holiday", timestamp.tree, *({"literal": each} for each in (country, subdivision, timezone))
    )
    return Piece(tree=tree, dtype="bool", offset=offset, duckdb=None, references=timestamp.references)


def _seconds_between(pieces: Sequence[Piece], offset: int) -> Piece:
    check_count("seconds_between", len(pieces), 2, 2, offset)
    moments = [_timestamp("seconds_between", piece) for piece in pieces]
    return build("seconds_between", moments, "float64", offset, lambda sql: _SECONDS.format(*sql))


def _timestamp(function: str, piece: Piece) -> Piece:
    wanted: DType = "timestamp"
    if piece.dtype not in (wanted, "unknown", "null"):
        raise ExpressionError("MLC337", f"`{function}` takes a timestamp, not {named(piece)}", piece.offset)
    return typed(piece, wanted)


def _text(function: str, what: str, piece: Piece) -> str:
    if not piece.is_literal or not isinstance(piece.literal, str):
        raise ExpressionError("MLC339", f"the {what} of `{function}` is a literal text", piece.offset)
    return piece.literal


def _timezone(function: str, piece: Piece) -> str:
    name = _text(function, "time zone", piece)
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise _no_zone(name, piece) from None
    return name


def _no_zone(name: str, piece: Piece) -> ExpressionError:
    help = "write a name of the IANA database: 'America/New_York', 'UTC'"
    return ExpressionError("MLC339", f"there is no time zone `{name}`", piece.offset, help)
