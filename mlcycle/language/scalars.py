"""What an unquoted scalar means: YAML 1.2's core schema, with leading zeros kept as text.

`no`, `on`, `12:30`, `0777`, `1_000` and dates are text. Source: https://yaml.org/spec/1.2.2/#103-core-schema.
"""

from __future__ import annotations

import math
import re

from mlcycle.language.tree import Plain

_WORDS: dict[str, Plain] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_RADIX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMBER_STARTS = frozenset("+-.0123456789")
_INT64 = range(-(2**63), 2**63)
_LONGEST = 400


class NotANumber(ValueError):
    """Written as a number, but none that a 64-bit integer or float can hold."""


def resolve(text: str) -> Plain:
    """The value of an unquoted scalar.

    Raises NotANumber for infinities, not-a-number and what overflows 64 bits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if len(text) > _LONGEST:
        if text.strip("+-.0123456789eE"):
            return text
        raise NotANumber
    if _DECIMAL.fullmatch(text):
        return _checked(int(text))
    if _RADIX.fullmatch(text):
        return _checked(int(text, 0))
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise NotANumber
        return number
    if _NOT_FINITE.fullmatch(text):
        raise NotANumber
    return text


def _checked(number: int) -> int:
    if number not in _INT64:
        raise NotANumber
    return number
