"""Answering a prediction request, within the limits of the service."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from mlcycle.serving.http import Answer, Asked, read_body, require_json
from mlcycle.serving.keys import Keys
from mlcycle.serving.lookups import Looked, Row, as_given, look_up, wanted
from mlcycle.serving.metrics import Metrics
from mlcycle.serving.problem import Problem
from mlcycle.serving.runtime import Loaded, Versions, clock
from mlcycle.serving.settings import Deployment, Limits

LOG = logging.getLogger("mlcycle.serving")

#: Bodies up to this size are parsed and scored on the event loop: a hop to a thread costs more than they do.
INLINE_BYTES = 16_384

T = TypeVar("T")

_ENCODE = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode


class Predictor:
    """Reads a body, completes its lookups, scores it; counts what it did."""

    def __init__(self, limits: Limits, deployed: Deployment, versions: Versions, metrics: Metrics) -> None:
        self._limits = limits
        self._deployed = deployed
        self._versions = versions
        self._metrics = metrics
        self._keys = Keys(deployed.api_keys)
        self._now = clock(deployed)
        self.busy = 0
        self._scoring = ThreadPoolExecutor(1, "mlcycle-scoring")
        self._reading = ThreadPoolExecutor(4, "mlcycle-online")

    async def __call__(self, asked: Asked) -> Answer:
        self._keys.check(asked.headers)
        require_json(asked.headers)
        limits = self._limits
        if self.busy >= limits.max_concurrency:
            raise Problem(
                429, "too_many_requests", "Too many requests at once.", headers=((b"retry-after", b"1"),)
            )
        self.busy += 1
        try:
            async with asyncio.timeout(limits.timeout_seconds):
                body = await read_body(asked.headers, asked.receive, limits.max_body_bytes)
                return await self._answer(self._versions.active, body, asked.id)
        except TimeoutError:
            raise Problem(504, "timeout", f"No answer within {limits.timeout_seconds:g} s.") from None
        finally:
            self.busy -= 1

    async def _answer(self, loaded: Loaded, body: bytes, given_id: str) -> Answer:
        large = len(body) > INLINE_BYTES
        version = loaded.version
        rows = await self._run(version.read, body) if large else version.read(body)
        looked = as_given(version.package.manifest, rows)
        await self._look_up(loaded, rows, looked)
        scored = await self._run(version.score, rows, looked) if large else version.score(rows, looked)
        self._count(looked, len(rows))
        manifest = version.package.manifest
        answer = {
            "request_id": given_id,
            "model": manifest.model,
            "version": self._deployed.version,
            "package": version.package.digest,
            "predictions": scored,
        }
        return Answer(_ENCODE(answer).encode())

    async def _run(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._scoring, function, *arguments)

    async def _look_up(self, loaded: Loaded, rows: list[Row], looked: Looked) -> None:
        """Read what the rows do not give. Raises a 503 Problem if the store cannot: never a silent null."""
        needed = wanted(loaded.version.package.manifest, rows)
        if not needed:
            return
        if loaded.store is None:
            raise unavailable()
        read = partial(look_up, loaded.store, needed, rows, looked, self._now())
        future = asyncio.get_running_loop().run_in_executor(self._reading, read)
        try:
            await future
        except Exception as error:
            LOG.warning("the online store cannot be read: %s: %s", type(error).__name__, error)
            raise unavailable() from error

    def _count(self, looked: Looked, rows: int) -> None:
        self._metrics.scored(rows)
        for reason, views in (("stale", looked.stale), ("missing", looked.missing)):
            for view in (view for row in views for view in row):
                self._metrics.unusable(view, reason)


def unavailable() -> Problem:
    return Problem(
        503,
        "online_store_unavailable",
        "The online store cannot be read, and the request does not give every lookup.",
        headers=((b"retry-after", b"1"),),
    )
