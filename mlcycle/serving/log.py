"""The prediction log of one worker: appended lines, in segments that do not grow for ever."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import orjson

from mlcycle.serving.metrics import Metrics
from mlcycle.serving.records import Record

LOG = logging.getLogger("mlcycle.serving")

MOST_BYTES = 64 * 1024 * 1024
MOST_SECONDS = 3600.0

_LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY


def encode(record: Record) -> bytes:
    """The record's line."""
    return orjson.dumps(record, default=str, option=_LINE)


class PredictionLog:
    """Writes records of every kind, one segment a kind at a time. Used on the event loop alone.

    A line is handed to the operating system before `append` returns: it outlives the process, however that
    ends, but not a power cut.
    """

    def __init__(
        self,
        folder: Path,
        worker: str,
        metrics: Metrics,
        *,
        most_bytes: int = MOST_BYTES,
        most_seconds: float = MOST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._worker = worker
        self._metrics = metrics
        self._limits = (most_bytes, most_seconds)
        self._clock = clock
        self._segments: dict[str, _Segment] = {}
        self._numbers: dict[str, int] = {}
        self._failing = False

    def append(self, kind: str, lines: Sequence[bytes]) -> bool:
        """Append records of a kind, all or none; returns whether they are written. Never raises OSError."""
        try:
            self._append(kind, b"".join(lines))
        except OSError as error:
            self._metrics.not_logged(kind, len(lines))
            if not self._failing:
                self._failing = True
                LOG.error("the prediction log cannot be written, and goes on without: %s", error)
            return False
        self._metrics.logged(kind, len(lines))
        if self._failing:
            self._failing = False
            LOG.warning("the prediction log is written again")
        return True

    def expire(self) -> None:
        """Close the segments that are old, so that a quiet service's records are not held back."""
        for kind, segment in list(self._segments.items()):
            if self._clock() - segment.opened >= self._limits[1]:
                self._close(kind)

    def close(self) -> None:
        for kind in list(self._segments):
            self._close(kind)

    def _append(self, kind: str, lines: bytes) -> None:
        segment = self._segments.get(kind)
        most_bytes, most_seconds = self._limits
        if segment is not None and (
            segment.size + len(lines) > most_bytes or self._clock() - segment.opened >= most_seconds
        ):
            self._close(kind)
            segment = None
        if segment is None:
            segment = self._segments[kind] = self._open(kind)
        segment.append(lines)

    def _open(self, kind: str) -> _Segment:
        self._folder.mkdir(parents=True, exist_ok=True)
        number = self._numbers.get(kind, 0)
        segment = _Segment(self._folder / f"{kind}-{self._worker}-{number:06d}.jsonl", self._clock())
        self._numbers[kind] = number + 1
        return segment

    def _close(self, kind: str) -> None:
        self._segments.pop(kind).close()


class _Segment:
    """An open file that only this worker appends to."""

    def __init__(self, path: Path, opened: float) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(path, flags, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self.size = os.fstat(self._file).st_size
        self.opened = opened
        self._torn = False

    def append(self, lines: bytes) -> None:
        """Append all or nothing: what a full disk cuts off is taken back, or else is a line of its own."""
        if self._torn:
            lines = b"\n" + lines
        written = 0
        try:
            while written < len(lines):
                written += os.write(self._file, lines[written:])
        except OSError:
            if written:
                self._take_back(written)
            raise
        self._torn = False
        self.size += written

    def _take_back(self, written: int) -> None:
        try:
            os.ftruncate(self._file, self.size)
        except OSError:
            self._torn = True
            self.size += written

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._file)
