"""Functions of text: object arrays of str, None where null, or one value in an array without a dimension."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

Text = NDArray[np.object_]
Floats = NDArray[np.float64]

_NUMBER = re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?")
#: Unicode's space separators, which is what DuckDB trims: no tabs, no line ends.
_SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_WHOLE = re.compile(r"[+-]?[0-9]+")


def single(value: str | None) -> Text:
    """One text as an array without a dimension."""
    held = np.empty((), dtype=object)
    held[()] = value
    return held


def _rows(values: tuple[Any, ...]) -> tuple[int | None, Iterator[tuple[Any, ...]]]:
    """How many rows (None: single values only), and the rows."""
    sizes = [len(value) for value in values if value.ndim]
    if not sizes:
        return None, iter([tuple(value.item() for value in values)])
    return sizes[0], zip(
        *(value.tolist() if value.ndim else repeat(value.item()) for value in values), strict=False
    )


def _held(rows: int | None, values: list[str | None]) -> Text:
    if rows is None:
        return single(values[0])
    held = np.empty(rows, dtype=object)
    held[:] = values
    return held


def _numbers(rows: int | None, values: list[float]) -> Floats:
    return np.array(values[0] if rows is None else values, dtype=np.float64)


def _mapped(function: Callable[..., str | None]) -> Callable[..., Text]:
    """`function` over rows; null where any argument is."""

    def mapped(*values: Text) -> Text:
        count, rows = _rows(values)
        return _held(count, [None if None in row else function(*row) for row in rows])

    return mapped


def condition(function: Callable[[str, str], bool], one: Text, other: Text) -> Floats:
    """A comparison as 1, 0 or NaN."""
    count, rows = _rows((one, other))
    nan = float("nan")
    return _numbers(count, [nan if a is None or b is None else float(function(a, b)) for a, b in rows])


def is_missing(value: Text) -> Any:
    count, rows = _rows((value,))
    found = [row[0] is None for row in rows]
    return np.array(found[0] if count is None else found)


def extreme(choose: Callable[..., str], *values: Text) -> Text:
    """The largest or smallest text, by code point, of those that are not null."""
    count, rows = _rows(values)
    return _held(count, [choose((text for text in row if text is not None), default=None) for row in rows])


def concat(*values: Text) -> Text:
    """The texts one after another; a null is left out."""
    count, rows = _rows(values)
    return _held(count, ["".join(text for text in row if text is not None) for row in rows])


def length(value: Text) -> Floats:
    """Number of code points."""
    count, rows = _rows((value,))
    return _numbers(count, [float("nan") if text is None else len(text) for (text,) in rows])


def _lower(text: str) -> str:
    """Character by character, so that the length stays: Unicode's simple mapping, as DuckDB has it."""
    return text.lower() if text.isascii() else "".join(old.lower()[0] for old in text)


def _upper(text: str) -> str:
    return text.upper() if text.isascii() else "".join(map(_upper_letter, text))


def _upper_letter(letter: str) -> str:
    if letter == "ß":
        return "ẞ"
    return next((new for new in (letter.upper(), letter.title()) if len(new) == 1), letter)


joined = _mapped(lambda one, other: one + other)
lower = _mapped(_lower)
upper = _mapped(_upper)
trim = _mapped(lambda text: text.strip(_SPACES))


def to_number(value: Text) -> Floats:
    """The number a text is, NaN where it is none."""
    return _parsed(value, _NUMBER)


def to_whole(value: Text) -> Floats:
    """The whole number a text is, NaN where it is none."""
    return _parsed(value, _WHOLE)


def _parsed(value: Text, pattern: re.Pattern[str]) -> Floats:
    count, rows = _rows((value,))
    nan = float("nan")
    return _numbers(count, [float(t) if t is not None and pattern.fullmatch(t) else nan for (t,) in rows])


def from_whole(value: Floats) -> Text:
    """The digits of whole numbers."""
    return _mapped_floats(value, lambda number: str(int(number)))


def from_condition(value: Floats) -> Text:
    """`true` or `false`."""
    return _mapped_floats(value, lambda number: "true" if number else "false")


def _mapped_floats(value: Floats, function: Callable[[float], str]) -> Text:
    count, rows = _rows((value,))
    return _held(count, [None if number != number else function(number) for (number,) in rows])
