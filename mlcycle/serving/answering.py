"""Answering rows: by the arm that a request is given to, or by the champion in its place."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from mlcycle.serving import routing
from mlcycle.serving.aside import Full
from mlcycle.serving.live import Absent, Arm, Challenger, Live, Now
from mlcycle.serving.lookups import Looked, Row, as_given, look_up, wanted
from mlcycle.serving.problem import Problem
from mlcycle.serving.records import Fallback
from mlcycle.serving.settings import Limits
from mlcycle.serving.trace import Scored, Trace
from mlcycle.steps.onnx import Stop

LOG = logging.getLogger("mlcycle.serving")

#: Bodies up to this size are parsed and scored on the event loop: a hop to a thread costs more than they do.
INLINE_BYTES = 16_384

#: A challenger's part of the time that a request may take; the champion can answer in the rest.
CHALLENGER_SHARE = 0.5

#: The part of all requests at once that may wait for one challenger: the others have room, whatever it does.
CHALLENGER_CALLS = 0.75

_REASONS: dict[str, Fallback] = {"invalid_request": "schema", "no_score": "not_finite"}

T = TypeVar("T")


class Answering:
    """Gives requests to arms. A challenger runs beside the event loop, and costs nobody an answer."""

    def __init__(self, limits: Limits) -> None:
        self._challenger_seconds = CHALLENGER_SHARE * limits.timeout_seconds
        self._challenger_calls = max(1, int(CHALLENGER_CALLS * limits.max_concurrency))
        self._scoring = ThreadPoolExecutor(1, "mlcycle-scoring")
        self._reading = ThreadPoolExecutor(4, "mlcycle-online")

    async def answer(self, live: Live, body: bytes, trace: Trace) -> Scored:
        """Score a body, and note in `trace` who did. Raises a Problem.

        Every body has to be what the champion takes, whoever answers: a challenger changes nothing there.
        """
        champion = live.champion
        large = len(body) > INLINE_BYTES
        read = partial(champion.version.read, body, live.now)
        rows = await self.run(read) if large else read()
        trace.rows = rows
        if live.challengers:
            assigned = _assigned(live, rows, trace.id)
            trace.assigned = assigned
            if assigned is not champion:
                answered = await self._challenge(live, assigned, body, rows, trace)
                if isinstance(answered, Scored):
                    return answered
                trace.fallback = answered
        else:
            trace.assigned = champion
        trace.served = champion
        return await self._score(champion, rows, live.now, large=large)

    async def _score(self, arm: Arm, rows: list[Row], now: Now, *, large: bool) -> Scored:
        version = arm.version
        looked = as_given(version.package.manifest, rows)
        await self._look_up(arm, rows, looked, now)
        made = await self.run(version.score, rows, looked) if large else version.score(rows, looked)
        return Scored(rows, looked, made)

    async def _challenge(
        self, live: Live, arm: Challenger, body: bytes, rows: list[Row], trace: Trace
    ) -> Scored | Fallback:
        """The challenger's answer, or why there is none."""
        if isinstance(arm, Absent):
            return "not_loaded"
        began = time.perf_counter()
        breaker = arm.loaded.breaker
        if not breaker.allows(began):
            return "breaker"
        same = arm.version.request is live.champion.version.request
        work = partial(whole, arm, rows if same else body, live.now)
        seconds = self._challenger_seconds - (began - trace.began)
        found = await aside(arm, work, seconds, self._challenger_calls)
        if found != "schema":  # which says something of the request alone
            breaker.saw(isinstance(found, str), began, time.perf_counter())
        if isinstance(found, Scored):
            trace.served = arm
        return found

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function of our own in a thread: for what would hold up the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._scoring, function, *arguments)

    async def _look_up(self, arm: Arm, rows: list[Row], looked: Looked, now: Now) -> None:
        """Read what the rows do not give. Raises a 503 Problem if the store cannot: never a silent null."""
        needed = wanted(arm.loaded.package.manifest, rows)
        if not needed:
            return
        if arm.loaded.store is None:
            raise unavailable()
        read = partial(look_up, arm.loaded.store, needed, rows, looked, now())
        future = asyncio.get_running_loop().run_in_executor(self._reading, read)
        try:
            await future
        except Exception as error:
            LOG.warning("the online store cannot be read: %s: %s", type(error).__name__, error)
            raise unavailable() from error


def _assigned(live: Live, rows: Sequence[Row], given_id: str) -> Challenger:
    """The arm of a request: by the first row's sticky column, else by the request's id."""
    key = rows[0].columns.get(live.sticky_by) if live.sticky_by is not None else None
    place = routing.bucket(live.salt, given_id if key is None else str(key))
    return live.arms[routing.arm(place, live.ends)]


async def aside(arm: Arm, work: Callable[[Stop], Scored], seconds: float, most: int) -> Scored | Fallback:
    """What an arm makes of a request, beside the event loop, or why it made nothing. Raises nothing."""
    try:
        return await arm.loaded.aside.call(work, seconds, most)
    except Full:
        return "breaker"
    except TimeoutError:
        return "timeout"
    except Problem as problem:
        return _REASONS.get(problem.code, "error")
    except Exception as error:
        LOG.warning("package %s failed: %s: %s", arm.digest[:12], type(error).__name__, error)
        return "error"


def whole(arm: Arm, given: bytes | list[Row], now: Now, stop: Stop) -> Scored:
    """Everything that an arm does with a request (a body, or rows that it shares), in one thread."""
    rows = arm.version.read(given, now) if isinstance(given, bytes) else given
    manifest = arm.loaded.package.manifest
    looked = as_given(manifest, rows)
    needed = wanted(manifest, rows)
    if needed:
        if arm.loaded.store is None:
            raise unavailable()
        look_up(arm.loaded.store, needed, rows, looked, now())
    return Scored(rows, looked, arm.version.score(rows, looked, stop))


def unavailable() -> Problem:
    return Problem(
        503,
        "online_store_unavailable",
        "The online store cannot be read, and the request does not give every lookup.",
        headers=((b"retry-after", b"1"),),
    )
