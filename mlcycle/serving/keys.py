"""API keys: held as hashes, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from mlcycle.serving.http import Headers
from mlcycle.serving.problem import Problem


class Keys:
    """The keys a service accepts; with none it accepts every request."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._hashes = tuple(hashlib.sha256(key.encode()).digest() for key in keys)

    def check(self, headers: Headers) -> None:
        """Raise a 401 unless `X-API-Key`, or `Authorization: Bearer`, carries an accepted key."""
        if self._hashes and not self._accepts(_presented(headers)):
            raise Problem(
                401,
                "unauthorized",
                "A valid API key is needed in the X-API-Key header.",
                headers=((b"www-authenticate", b"Bearer"),),
            )

    def _accepts(self, key: bytes) -> bool:
        presented = hashlib.sha256(key).digest()
        # Every hash is compared, so that the time does not tell which key was close.
        return sum(hmac.compare_digest(presented, accepted) for accepted in self._hashes) > 0


def _presented(headers: Headers) -> bytes:
    key = headers.get(b"x-api-key")
    if key is not None:
        return key
    kind, _, value = headers.get(b"authorization", b"").partition(b" ")
    return value if kind.lower() == b"bearer" else b""
