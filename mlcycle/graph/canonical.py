"""One byte string for one meaning: JSON with sorted keys, and its sha256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(value: Any) -> bytes:
    """The canonical JSON of plain values: keys sorted, no spaces, UTF-8; NaN and infinities raise ValueError.

    Tuples count as lists and any mapping as an object. A value that is not plain JSON raises TypeError.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    )
    return text.encode()


def digest(value: Any) -> str:
    """The sha256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not plain JSON")
