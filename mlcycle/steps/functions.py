"""What the functions of an expression do with numpy arrays.

Numbers and conditions are float64, NaN where null; conditions are 1, 0 or NaN and follow SQL's three-valued
logic. A result that is not a finite number is null. Every function takes whole columns or single values
(arrays without a dimension) and is used under `numpy.errstate(all="ignore")`. Text is in `functions_text`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any

import numpy as np

from mlcycle.steps import functions_text as text

#: A column of float64, object (str or None) or datetime64[us], or one such value.
Value = Any

_INT64 = 2.0**63


def finite(value: Value) -> Value:
    """`value` with NaN for infinities: infinity times zero is NaN, anything else times zero adds nothing."""
    return value + value * 0.0


def is_missing(value: Value) -> Value:
    """Booleans: where `value` is null."""
    kind = value.dtype.kind
    if kind == "f":
        return np.isnan(value)
    return np.isnat(value) if kind == "M" else text.is_missing(value)


def _finite(function: Callable[..., Value]) -> Callable[..., Value]:
    return lambda *values: finite(function(*values))


def _compare(
    numbers: Callable[..., Value], texts: Callable[[str, str], bool]
) -> Callable[[Value, Value], Value]:
    def compare(one: Value, other: Value) -> Value:
        kind = one.dtype.kind
        if kind == "O":
            return text.condition(texts, one, other)
        missing = np.isnan(one) | np.isnan(other) if kind == "f" else np.isnat(one) | np.isnat(other)
        return np.where(missing, np.nan, numbers(one, other))

    return compare


equal = _compare(np.equal, lambda a, b: a == b)
less_equal = _compare(np.less_equal, lambda a, b: a <= b)
greater_equal = _compare(np.greater_equal, lambda a, b: a >= b)


def both(one: Value, other: Value) -> Value:
    """AND: false if either is, else null if either is."""
    return np.where((one == 0) | (other == 0), 0.0, one * other)


def either(one: Value, other: Value) -> Value:
    """OR: true if either is, else null if either is."""
    return np.where((one == 1) | (other == 1), 1.0, one + other)


def _negation(value: Value) -> Value:
    return 1.0 - value


def _case(*values: Value) -> Value:
    """condition, value, condition, value, ..., otherwise."""
    result = values[-1]
    for condition, value in zip(values[-3::-2], values[-2::-2], strict=True):
        result = np.where(condition == 1, value, result)
    return result


def _in(value: Value, *options: Value) -> Value:
    return reduce(either, (equal(value, option) for option in options))


def _coalesce(*values: Value) -> Value:
    return reduce(lambda first, then: np.where(is_missing(first), then, first), values)


def _extreme(numbers: Callable[..., Value], texts: Callable[..., str]) -> Callable[..., Value]:
    """The largest or smallest of those that are not null, as DuckDB and PostgreSQL have it."""

    def extreme(*values: Value) -> Value:
        return text.extreme(texts, *values) if values[0].dtype.kind == "O" else reduce(numbers, values)

    return extreme


def _nullif(value: Value, other: Value) -> Value:
    return np.where(equal(value, other) == 1, null_like(value), value)


def null_like(value: Value) -> Value:
    """Null in the representation of `value`."""
    return NULLS[value.dtype.kind]


NULLS: Mapping[str, Value] = MappingProxyType(
    {"f": np.float64("nan"), "O": text.single(None), "M": np.datetime64("NaT", "us")}
)


def half_away(value: Value, digits: int) -> Value:
    """Rounded to `digits`, halves away from zero, as DuckDB and PostgreSQL round."""
    factor = 10.0**digits
    scaled = value * factor
    whole = np.trunc(scaled)
    whole = whole + np.copysign(np.abs(scaled - whole) >= 0.5, scaled)
    rounded = whole / factor
    return np.where(np.isfinite(rounded), rounded, value)


def whole(value: Value) -> Value:
    """To int64: rounded, halves to even; null where it does not fit."""
    return np.where(np.abs(value) < _INT64, np.rint(value), np.nan)


def _seconds_between(start: Value, end: Value) -> Value:
    missing = np.isnat(start) | np.isnat(end)
    return np.where(missing, np.nan, (end - start).astype(np.int64) / 1e6)


FUNCTIONS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        "add": _finite(np.add),
        "subtract": _finite(np.subtract),
        "multiply": _finite(np.multiply),
        "divide": _finite(np.divide),
        "modulo": _finite(np.fmod),
        "negate": np.negative,
        "abs": np.abs,
        "floor": np.floor,
        "ceil": np.ceil,
        "ln": _finite(np.log),
        "log10": _finite(np.log10),
        "exp": _finite(np.exp),
        "sqrt": _finite(np.sqrt),
        "power": _finite(np.power),
        "equal": equal,
        "not_equal": _compare(np.not_equal, lambda a, b: a != b),
        "less": _compare(np.less, lambda a, b: a < b),
        "less_equal": less_equal,
        "greater": _compare(np.greater, lambda a, b: a > b),
        "greater_equal": greater_equal,
        "between": lambda value, low, high: both(greater_equal(value, low), less_equal(value, high)),
        "in": _in,
        "and": both,
        "or": either,
        "not": _negation,
        "is_null": lambda value: is_missing(value) + 0.0,
        "case": _case,
        "coalesce": _coalesce,
        "nullif": _nullif,
        "greatest": _extreme(np.fmax, max),
        "least": _extreme(np.fmin, min),
        "seconds_between": _seconds_between,
        "join": text.joined,
        "concat": text.concat,
        "lower": text.lower,
        "upper": text.upper,
        "trim": text.trim,
        "length": text.length,
    }
)
