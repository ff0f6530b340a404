"""Work beside the event loop that nobody waits for longer than he wants: what is overdue is left behind."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from mlcycle.steps.onnx import Stop

T = TypeVar("T")

#: Threads that work.
THREADS = 2

#: Where they get nothing done for this part of a call's time, further calls are not taken.
PATIENCE = 0.5

#: Threads that may hang in a call nobody waits for any more; with more than that no call is taken.
MOST_LOST = 4

_IDLE_SECONDS = 10.0


class Full(Exception):
    """There is too much to do already."""


@dataclass(frozen=True, slots=True)
class _Call:
    work: Callable[[Stop], Any]
    stop: Stop
    done: Future[Any]


class Aside:
    """Runs calls on daemon threads of its own, which end when they are idle and never hold up the process.

    A call that is overdue is told to stop. A thread that does not heed it is replaced, a few times.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: queue.SimpleQueue[_Call] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0
        self._lost = 0
        self._calls = 0
        self._progress = 0.0

    async def call(self, work: Callable[[Stop], T], timeout: float, most: int = 64) -> T:
        """What `work` returns. Raises TimeoutError after `timeout` seconds, what `work` raises, and Full: if
        `most` calls are under way, or none of them has ended for long."""
        now = time.monotonic()
        if self._calls < THREADS:
            self._progress = now
        stuck = now - self._progress > PATIENCE * timeout
        if stuck or self._calls >= most or self._lost >= MOST_LOST:
            raise Full
        call = _Call(work, Stop(), Future())
        self._calls += 1
        try:
            self._submit(call)
            result: T = await asyncio.wait_for(asyncio.wrap_future(call.done), timeout)
            return result
        finally:
            self._calls -= 1
            # A call that is still waiting is cancelled by now; one that runs is told to end.
            if not call.done.done():
                self._abandon(call)

    def _submit(self, call: _Call) -> None:
        with self._lock:
            self._queue.put(call)
            served = self._queue.qsize() <= self._idle
            if served or self._threads - self._lost >= THREADS:
                return
            self._threads += 1
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _abandon(self, call: _Call) -> None:
        with self._lock:
            if call.done.done():
                return
            self._lost += 1
            call.done.add_done_callback(self._found)
        call.stop.set()

    def _found(self, done: Future[Any]) -> None:
        self._lost -= 1

    def _work(self) -> None:
        while (call := self._next()) is not None:
            if call.done.set_running_or_notify_cancel():
                self._run(call)

    def _run(self, call: _Call) -> None:
        try:
            result, error = call.work(call.stop), None
        except BaseException as raised:
            result, error = None, raised
        with self._lock:
            self._progress = time.monotonic()
            if error is None:
                call.done.set_result(result)
            else:
                call.done.set_exception(error)

    def _next(self) -> _Call | None:
        """The next call; None if there was none for a while, or there are threads enough."""
        with self._lock:
            if self._threads - self._lost > THREADS:
                self._threads -= 1
                return None
            self._idle += 1
        try:
            call = self._queue.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            return self._last()
        with self._lock:
            self._idle -= 1
        return call

    def _last(self) -> _Call | None:
        """What came while the thread was about to leave; None lets it go."""
        with self._lock:
            self._idle -= 1
            try:
                return self._queue.get_nowait()
            except queue.Empty:
                self._threads -= 1
                return None
