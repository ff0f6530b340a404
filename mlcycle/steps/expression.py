"""Evaluate expression trees over columns: once compiled to closures, fast for one row and for many.

Columns are numpy arrays of one length: float64 for int64, float64 and bool (NaN is null; bool is 1 or 0),
object arrays of str or None for strings, datetime64[us] in UTC for timestamps and dates (NaT is null).
docs/expressions.md has the rules; DuckDB gives the same through `mlcycle.graph.expression`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.steps import functions_text as text
from mlcycle.steps.functions import FUNCTIONS, NULLS, Value, finite, half_away, whole
from mlcycle.steps.text_statistics import text_statistic
from mlcycle.steps.time import epoch_days, local_day, timestamp_part, zone

Columns = Mapping[str, NDArray[Any]]
Evaluate = Callable[[Columns], Value]
Tree = Mapping[str, Any]


def evaluate(tree: Tree, columns: Columns) -> NDArray[Any]:
    """The values of `tree` for every row of `columns`."""
    compiled = compile_tree(tree)
    with np.errstate(all="ignore"):
        return full(compiled(columns), columns)


def full(value: Value, columns: Columns) -> NDArray[Any]:
    """A single value as a column of its own; a column as it is."""
    if value.ndim:
        return np.asarray(value)
    rows = len(next(iter(columns.values()))) if columns else 1
    return np.full(rows, value, dtype=value.dtype)


def compile_tree(tree: Tree) -> Evaluate:
    """The tree as a function of columns; raises ValueError on a tree that was not made by mlcycle."""
    if "column" in tree:
        return partial(_column, tree["column"])
    if "literal" in tree:
        constant = literal(tree["literal"])
        return lambda columns: constant
    name, arguments = tree["call"], tree["arguments"]
    special = _SPECIAL.get(name)
    if special is not None:
        return special(arguments)
    function = FUNCTIONS.get(name)
    if function is None:
        raise ValueError(f"an expression calls `{name}`, which cannot be evaluated")
    return _call(function, [compile_tree(argument) for argument in arguments])


def _call(function: Callable[..., Value], compiled: list[Evaluate]) -> Evaluate:
    if len(compiled) == 1:
        (only,) = compiled
        return lambda columns: function(only(columns))
    if len(compiled) == 2:
        one, other = compiled
        return lambda columns: function(one(columns), other(columns))
    return lambda columns: function(*[each(columns) for each in compiled])


def _column(name: str, columns: Columns) -> Value:
    values = columns[name]
    return finite(values) if values.dtype.kind == "f" else values


def literal(value: Any) -> Value:
    """A constant in the representation of columns."""
    if isinstance(value, str):
        return text.single(value)
    return NULLS["f"] if value is None else np.float64(value)


def _cast(arguments: list[Tree]) -> Evaluate:
    value, source, target = arguments[0], arguments[1]["literal"], arguments[2]["literal"]
    if "literal" in value and target in ("timestamp", "date"):
        written = value["literal"]
        moment = NULLS["M"] if written is None else np.datetime64(written.removesuffix("Z"), "us")
        return lambda columns: moment
    if source == "null":
        constant = text.single(None) if target == "string" else NULLS["f"]
        return lambda columns: constant
    return _call(_CASTS[(source, target)], [compile_tree(value)])


_CASTS: Mapping[tuple[str, str], Callable[[Value], Value]] = MappingProxyType(
    {
        ("int64", "int64"): whole,
        ("int64", "float64"): lambda value: value,
        ("int64", "bool"): lambda value: np.where(np.isnan(value), np.nan, value != 0),
        ("int64", "string"): lambda value: text.from_whole(whole(value)),
        ("float64", "int64"): whole,
        ("float64", "bool"): lambda value: np.where(np.isnan(value), np.nan, value != 0),
        ("bool", "int64"): lambda value: value,
        ("bool", "float64"): lambda value: value,
        ("bool", "string"): text.from_condition,
        ("string", "float64"): lambda value: finite(text.to_number(value)),
        ("string", "int64"): lambda value: whole(text.to_whole(value)),
        ("timestamp", "date"): partial(local_day, timezone="UTC"),
        ("date", "timestamp"): lambda value: value,
    }
)


def _round(arguments: list[Tree]) -> Evaluate:
    return _call(partial(half_away, digits=arguments[1]["literal"]), [compile_tree(arguments[0])])


def _timestamp_part(arguments: list[Tree]) -> Evaluate:
    part, timezone = arguments[1]["literal"], arguments[2]["literal"]
    zone(timezone)
    return _call(partial(timestamp_part, part=part, timezone=timezone), [compile_tree(arguments[0])])


def _local_day(arguments: list[Tree]) -> Evaluate:
    timezone = arguments[1]["literal"]
    zone(timezone)
    return _call(partial(local_day, timezone=timezone), [compile_tree(arguments[0])])


def _is_in_days(arguments: list[Tree]) -> Evaluate:
    """Whether a date is one of the listed days (days since 1970-01-01)."""
    listed = np.array(sorted(arguments[1]["literal"]), dtype=np.int64)
    date = compile_tree(arguments[0])

    def found(columns: Columns) -> Value:
        dates = date(columns)
        if not len(listed):
            return np.where(np.isnat(dates), np.nan, 0.0)
        days = epoch_days(dates)
        place = np.minimum(listed.searchsorted(days), len(listed) - 1)
        return np.where(np.isnat(dates), np.nan, listed[place] == days)

    return found


def _cyclical(arguments: list[Tree]) -> Evaluate:
    """The sine or cosine of a number's place in a cycle, so that its end lies beside its beginning."""
    turn = np.sin if arguments[2]["literal"] == "sin" else np.cos
    per_cycle = 2 * np.pi / arguments[1]["literal"]
    return _call(lambda value: turn(value * per_cycle), [compile_tree(arguments[0])])


def _text_statistic(arguments: list[Tree]) -> Evaluate:
    statistic = arguments[1]["literal"]
    return _call(partial(text_statistic, statistic=statistic), [compile_tree(arguments[0])])


_SPECIAL: Mapping[str, Callable[[list[Tree]], Evaluate]] = MappingProxyType(
    {
        "cast": _cast,
        "round": _round,
        "timestamp_part": _timestamp_part,
        "local_day": _local_day,
        "is_in_days": _is_in_days,
        "cyclical": _cyclical,
        "text_statistic": _text_statistic,
    }
)
