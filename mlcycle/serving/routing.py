"""Which arm answers a request: decided by the request alone, the same in every worker."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def bucket(salt: str, key: str) -> float:
    """A number in [0, 1) for a key, evenly spread: the first 53 bits of its blake2b hash."""
    digest = hashlib.blake2b(f"{salt}\0{key}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2**53


def bounds(weights: Sequence[float]) -> tuple[float, ...]:
    """Where the share of each challenger ends; the champion, whose weight comes first, has the rest.

    A challenger whose share grows (5%, 25%, all) keeps every key that it had.
    """
    ends: list[float] = []
    for weight in weights[1:]:
        ends.append((ends[-1] if ends else 0.0) + weight)
    if ends and weights[0] == 0.0:
        ends[-1] = 1.0  # a sum of shares may fall short of it by a rounding
    return tuple(ends)


def arm(place: float, ends: Sequence[float]) -> int:
    """The arm that a bucket falls to: 0 is the champion, 1 the first challenger."""
    for index, end in enumerate(ends, start=1):
        if place < end:
            return index
    return 0
