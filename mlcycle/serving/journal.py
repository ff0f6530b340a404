"""What the prediction log is told: a record of every request, of every comparison, of every label."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from mlcycle.serving import records
from mlcycle.serving.live import Live
from mlcycle.serving.log import PredictionLog, encode
from mlcycle.serving.lookups import Values
from mlcycle.serving.records import Record
from mlcycle.serving.routing import bucket
from mlcycle.serving.settings import utc
from mlcycle.serving.trace import Predictions, Scored, Trace
from mlcycle.serving.traffic import Origin

#: A request with more rows is put into words in a thread.
INLINE_ROWS = 50


class Journal:
    """Makes records and writes them before anybody is answered."""

    def __init__(self, log: PredictionLog, most_seconds: float, origin: Origin = "live") -> None:
        """most_seconds: after which a segment is closed. origin: of requests while nothing answers yet."""
        self._log = log
        self._origin = origin
        self._most_seconds = most_seconds
        self._timer: asyncio.TimerHandle | None = None

    async def predicted(self, trace: Trace, status: int) -> None:
        """Record a request that is about to be answered with `status`."""
        large = trace.scored is not None and len(trace.scored.rows) > INLINE_ROWS
        made = partial(prediction, trace, status, self._origin)
        line = await asyncio.to_thread(made) if large else made()
        self._write(records.PREDICTIONS, [line])

    def compared(self, record: Record) -> None:
        """Record what another arm would have answered."""
        self._write(records.PAIRS, [encode(record)])

    def labelled(self, labels: Sequence[Mapping[str, Any]], live: Live, received: float) -> bool:
        """Record what predictions should have been; returns whether it is written."""
        at = stamp(live.now())
        found = [{"at": at, "received": received, **label} for label in labels]
        return self._write(records.FEEDBACK, [encode(record) for record in found])

    def _write(self, kind: str, lines: Sequence[bytes]) -> bool:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._most_seconds, self._expire)
        return self._log.append(kind, lines)

    def _expire(self) -> None:
        self._timer = None
        self._log.expire()


def prediction(trace: Trace, status: int, origin: Origin) -> bytes:
    """The line of a request; its rows are in it if it was sampled and has predictions."""
    live, assigned, served = trace.live, trace.assigned, trace.served
    if live is None:
        now, generation = utc(datetime.fromtimestamp(trace.received, UTC)), 0
    else:
        now, origin, generation = live.now(), live.origin, live.generation
    record: dict[str, Any] = {
        "at": stamp(now),
        "received": trace.received,
        "id": trace.id,
        "origin": origin,
        "generation": generation,
        "assigned": None if assigned is None else assigned.digest,
        "served": None if served is None else served.digest,
        "version": None if served is None else served.registered,
        "fallback": trace.fallback,
        "status": status,
        "seconds": round(time.perf_counter() - trace.began, 6),
    }
    scored = trace.scored
    if live is not None and served is not None and scored is not None:
        terms = live.terms
        if sampled(trace.id, terms.sample):
            record["rows"] = _rows(scored, served.version.logged, terms.redact)
    return encode(record)


def sampled(request_id: str, share: float) -> bool:
    """Whether a request's rows are kept: decided by its id, the same whoever asks."""
    return share >= 1.0 or bucket("sample", request_id) < share


def _rows(scored: Scored, columns: Sequence[str], redact: Sequence[str]) -> list[dict[str, Any]]:
    views = scored.looked.views
    if redact:
        views = {view: _without(values, redact, f"{view}.") for view, values in views.items()}
    rows = []
    for index, (row, made) in enumerate(zip(scored.rows, scored.predictions, strict=True)):
        given = row.columns
        looked = {view: found[index] for view, found in views.items()}
        rows.append({"request": {name: given.get(name) for name in columns}, "lookups": looked, **made})
    return rows


def _without(values: Sequence[Values], redact: Sequence[str], view: str) -> list[Values]:
    hidden = {one[len(view) :] for one in redact if one.startswith(view)}
    return [{name: value for name, value in one.items() if name not in hidden} for one in values]


def answers(predictions: Predictions) -> dict[str, list[Any]]:
    """Scores and decisions, row by row."""
    return {
        "scores": [one["score"] for one in predictions],
        "decisions": [one["decision"] for one in predictions],
    }


def stamp(moment: datetime) -> str:
    """A naive UTC time as records have it."""
    return f"{moment.isoformat()}Z"
