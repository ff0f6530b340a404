"""After a challenger has answered, the champion scores the same rows, to be compared; nobody waits for it."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from mlcycle.serving.answering import aside, whole
from mlcycle.serving.journal import Journal, answers
from mlcycle.serving.live import Live
from mlcycle.serving.lookups import Row
from mlcycle.serving.metrics import Metrics
from mlcycle.serving.trace import Scored

#: Comparisons at once; what comes on top of them is left out, and counted.
MOST = 4


class Pairs:
    """Compares in the background, on threads that belong to the champion's package."""

    def __init__(self, journal: Journal, metrics: Metrics, timeout_seconds: float) -> None:
        self._journal = journal
        self._metrics = metrics
        self._timeout = timeout_seconds
        self._under_way: set[asyncio.Task[None]] = set()

    def compare(self, live: Live, rows: list[Row], request_id: str, answered: Scored, *, busy: bool) -> None:
        """Score `rows`, which are as the champion reads them, unless there is too much to do."""
        if busy or len(self._under_way) >= MOST:
            self._metrics.not_compared()
            return
        task = asyncio.create_task(self._compare(live, rows, request_id, answered))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _compare(self, live: Live, rows: list[Row], request_id: str, answered: Scored) -> None:
        began = time.perf_counter()
        champion = live.champion
        found = await aside(champion, partial(whole, champion, rows, live.now), self._timeout, MOST)
        scored = found if isinstance(found, Scored) else None
        self._journal.compared(
            {
                "id": request_id,
                "generation": live.generation,
                "package": champion.digest,
                "seconds": round(time.perf_counter() - began, 6),
                "error": found if isinstance(found, str) else None,
                **(answers(scored.predictions) if scored else {"scores": None, "decisions": None}),
                "answered": answers(answered.predictions),
            }
        )
