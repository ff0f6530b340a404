"""The records of the prediction log: one JSON object a line, appended by one write, so that none is torn.

A worker appends to segments of its own, `<kind>-<worker>-<number>.jsonl`, one at a time. A segment is closed
when its worker has gone on to another one, or has ended: the worker holds a lock on the open one. A record is
written before its answer is sent.

`predictions`: `at` (ISO 8601, UTC: the service's idea of now), `received` (seconds since 1970), `id`,
    `origin`, `generation`, `assigned` and `served` (package digests; None for a request that was refused
    before it was given to an arm), `version` (that answered),
    `fallback` (None or a `Fallback`), `status`, `seconds`, `rows` (absent where the request was not
    sampled, or has no predictions): a list of `{"request": {...}, "lookups": {view: {...}}, "score",
    "decision", "stale", "missing"}`.
`pairs`: what another arm would have answered to a request: `id`, `generation`, `package`, `seconds`,
    `error` (None or a `Fallback`), `scores`, `decisions` (as in the predictions, row by row), and
    `answered`: the served package's own `scores` and `decisions`.
`feedback`: `at`, `received`, `id`, `row`, `label`.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

Record = Mapping[str, Any]

#: Why the champion answered in another arm's place.
Fallback = Literal["error", "not_finite", "timeout", "schema", "breaker", "not_loaded"]

PREDICTIONS = "predictions"
PAIRS = "pairs"
FEEDBACK = "feedback"


def segments(folder: Path, kind: str) -> list[Path]:
    """The segments of a kind, oldest first of each worker."""
    return sorted(folder.glob(f"{kind}-*.jsonl"))


def is_closed(path: Path) -> bool:
    """Whether nothing will be appended to a segment any more."""
    with path.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def read(path: Path, offset: int = 0) -> Iterator[tuple[Record, int]]:
    """The whole records from `offset` on, each with the offset behind it. A last line that is not whole yet
    is left for the next time; a line that is no record is passed over."""
    with path.open("rb") as stream:
        stream.seek(offset)
        for line in stream:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record, offset
