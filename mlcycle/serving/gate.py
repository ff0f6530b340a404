"""Lets a request with a body in: its key, its type, how many there are at once, its size and its time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from mlcycle.serving.http import Answer, Asked, read_body, require_json
from mlcycle.serving.keys import Keys
from mlcycle.serving.problem import Problem
from mlcycle.serving.settings import Limits


class Gate:
    """The limits of all requests that carry a body, together. busy: those that are inside."""

    def __init__(self, limits: Limits, keys: Keys) -> None:
        self.limits = limits
        self._keys = keys
        self.busy = 0

    @property
    def crowded(self) -> bool:
        """Whether there is no time for what nobody waits for."""
        return self.busy > max(1, self.limits.max_concurrency // 4)

    def check(self, asked: Asked) -> None:
        """Raise a 401 for who may not ask at all."""
        self._keys.check(asked.headers)

    async def __call__(self, asked: Asked, work: Callable[[bytes], Awaitable[Answer]]) -> Answer:
        """What `work` makes of the body. Raises a 415, 429, 413 or 504 Problem, and Gone."""
        limits = self.limits
        require_json(asked.headers)
        if self.busy >= limits.max_concurrency:
            raise Problem(
                429, "too_many_requests", "Too many requests at once.", headers=((b"retry-after", b"1"),)
            )
        self.busy += 1
        try:
            async with asyncio.timeout(limits.timeout_seconds):
                return await work(await read_body(asked.headers, asked.receive, limits.max_body_bytes))
        except TimeoutError:
            raise Problem(504, "timeout", f"No answer within {limits.timeout_seconds:g} s.") from None
        finally:
            self.busy -= 1
