"""Texts as words, where a graph takes words: the one place where a text is cut, in training and in serving.

ONNX can neither lower-case by Unicode's own rules (its operator asks the machine's locale) nor match Python's
`\\w`. So this happens before the graph, which cuts at the spaces that are left here and does the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcycle.steps.manifest import Words

#: A word has two letters, digits or underscores at least, of any script: scikit-learn's own default pattern.
_WORD = re.compile(r"\b\w\w+\b")


def words(texts: Iterable[str | None], config: Words) -> NDArray[np.object_]:
    """Each text as its words with one space between; a missing text is "", as one without a word is."""
    listed = list(texts)
    found: NDArray[Any] = np.empty(len(listed), object)
    found[:] = [_joined(text, config) if text else "" for text in listed]
    return found


def _joined(text: str, config: Words) -> str:
    if config.lowercase:
        text = text.lower()
    if config.strip_accents and not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(text))
