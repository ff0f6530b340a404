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
from mlcycle.serving.log import PredictionLog
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
        self._write(records.PAIRS, [records.encode(record)])

    def labelled(self, labels: Sequence[Mapping[str, Any]], live: Live, received: float) -> bool:
        """Record what predictions should have been; returns whether it is written."""
        at = stamp(live.now())
        found = [{"at": at, "received": received, **label} for label in labels]
        return self._write(records.FEEDBACK, [records.encode(record) for record in found])

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
    live, scored = trace.live, trace.scored
    record: dict[str, Any] = {
        "at": stamp(live.now() if live is not None else utc(datetime.fromtimestamp(trace.received, UTC))),
        "received": trace.received,
        "id": trace.id,
        "origin": live.origin if live is not None else origin,
        "generation": live.generation if live is not None else 0,
        "assigned": trace.assigned.digest if trace.assigned is not None else None,
        "served": trace.served.digest if trace.served is not None else None,
        "version": trace.served.registered if trace.served is not None else None,
        "fallback": trace.fallback,
        "status": status,
        "seconds": round(time.perf_counter() - trace.began, 6),
    }
    if live is not None and scored is not None and sampled(trace.id, live.terms.sample):
        record["rows"] = _rows(trace, live, scored)
    return records.encode(record)


def sampled(request_id: str, share: float) -> bool:
    """Whether a request's rows are kept: decided by its id, the same whoever asks."""
    return share >= 1.0 or bucket("sample", request_id) < share


def _rows(trace: Trace, live: Live, scored: Scored) -> list[dict[str, Any]]:
    columns = trace.served.version.logged if trace.served is not None else ()
    views = {
        view: _without(values, [f[len(view) + 1 :] for f in live.terms.redact if f.startswith(f"{view}.")])
        for view, values in scored.looked.views.items()
    }
    return [
        {
            "request": {name: row.columns.get(name) for name in columns},
            "lookups": {view: values[index] for view, values in views.items()},
            **made,
        }
        for index, (row, made) in enumerate(zip(scored.rows, scored.predictions, strict=True))
    ]


def _without(values: Sequence[Mapping[str, Any]], redacted: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    if not redacted:
        return values
    return [{name: value for name, value in one.items() if name not in redacted} for one in values]


def answers(predictions: Predictions) -> dict[str, list[Any]]:
    """Scores and decisions, row by row."""
    return {
        "scores": [one["score"] for one in predictions],
        "decisions": [one["decision"] for one in predictions],
    }


def stamp(moment: datetime) -> str:
    """A naive UTC time as records have it."""
    return f"{moment.isoformat()}Z"
