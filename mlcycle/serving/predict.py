"""Answering a prediction request within the service's limits, and recording it before it is answered."""

from __future__ import annotations

import time
from collections.abc import Callable

import orjson

from mlcycle.serving.answering import Answering
from mlcycle.serving.gate import Gate
from mlcycle.serving.http import Answer, Asked, Gone
from mlcycle.serving.journal import Journal
from mlcycle.serving.lookups import Looked
from mlcycle.serving.metrics import Metrics
from mlcycle.serving.pairs import Pairs
from mlcycle.serving.problem import Problem
from mlcycle.serving.runtime import Versions
from mlcycle.serving.trace import Trace


class Predictor:
    """`POST /predict`; counts and records what it did."""

    def __init__(
        self,
        gate: Gate,
        versions: Versions,
        metrics: Metrics,
        journal: Journal | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._gate = gate
        self._versions = versions
        self._metrics = metrics
        self._journal = journal
        self._clock = clock
        self._answering = Answering(gate.limits)
        self._pairs = Pairs(journal, metrics, gate.limits.timeout_seconds) if journal is not None else None

    async def __call__(self, asked: Asked) -> Answer:
        self._gate.check(asked)
        trace = Trace(id=asked.id, received=self._clock(), began=time.perf_counter())
        try:
            answer = await self._gate(asked, lambda body: self._answer(body, trace))
        except Gone:
            raise
        except Exception as error:
            await self._finish(trace, error.status if isinstance(error, Problem) else 500)
            raise
        await self._finish(trace, answer.status)
        return answer

    async def _answer(self, body: bytes, trace: Trace) -> Answer:
        # It counts from when it is whole: what answered when it began may have been let go of meanwhile.
        trace.received = self._clock()
        live = trace.live = self._versions.at(trace.received)
        scored = trace.scored = await self._answering.answer(live, body, trace)
        self._count(scored.looked, len(scored.rows))
        arm = trace.served or live.champion
        answer = {
            "request_id": trace.id,
            "model": arm.loaded.package.manifest.model,
            "version": arm.registered,
            "package": arm.digest,
            "predictions": scored.predictions,
        }
        return Answer(orjson.dumps(answer))

    async def _finish(self, trace: Trace, status: int) -> None:
        """Count and record a request that has its answer, which is sent after this."""
        live, assigned, scored = trace.live, trace.assigned, trace.scored
        if live is not None and assigned is not None:
            self._metrics.arm(
                "champion" if assigned is live.champion else "challenger",
                failed=trace.fallback is not None or status >= 500,
                fallback=trace.fallback,
                seconds=time.perf_counter() - trace.began,
            )
            self._metrics.follows(live.generation)
        if self._journal is None:
            return
        if status != 200:
            trace.scored = None
        await self._journal.predicted(trace, status)
        if self._pairs is None or live is None or scored is None or trace.served in (None, live.champion):
            return
        if trace.rows is not None:
            self._pairs.compare(live, trace.rows, trace.id, scored, busy=self._gate.crowded)

    def _count(self, looked: Looked, rows: int) -> None:
        self._metrics.scored(rows)
        for reason, views in (("stale", looked.stale), ("missing", looked.missing)):
            for view in (view for row in views for view in row):
                self._metrics.unusable(view, reason)
