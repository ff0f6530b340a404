"""What can be counted in a text: object arrays of str or None in, float64 out, NaN for a missing text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)


def _mean_word_length(text: str) -> float:
    found = _WORD.findall(text)
    return sum(map(len, found)) / len(found) if found else float("nan")


def _count(condition: Callable[[str], bool]) -> Callable[[str], float]:
    return lambda text: sum(map(condition, text))


#: Counts are of Unicode's code points; a word is a run of letters, digits and underscores of any script.
STATISTICS: Mapping[str, Callable[[str], float]] = MappingProxyType(
    {
        "characters": len,
        "words": lambda text: len(_WORD.findall(text)),
        "unique_words": lambda text: len(set(_WORD.findall(text.lower()))),
        "lines": lambda text: text.count("\n") + 1 if text else 0,
        "digits": _count(str.isdigit),
        "uppercase": _count(str.isupper),
        "punctuation": _count(lambda c: not (c.isalnum() or c.isspace() or c == "_")),
        "links": lambda text: len(_LINK.findall(text)),
        "mean_word_length": _mean_word_length,
    }
)


def text_statistic(texts: Any, statistic: str) -> NDArray[np.float64]:
    """`statistic` of each text, or of a single one."""
    measure = STATISTICS[statistic]
    listed = texts.tolist() if texts.ndim else [texts.item()]
    found = np.array([np.nan if text is None else float(measure(text)) for text in listed])
    return found if texts.ndim else found[0]
