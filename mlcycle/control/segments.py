"""Segments of the prediction log as tables: one row a predicted row, or a label that somebody sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.serving.records import FEEDBACK, PREDICTIONS, Record, is_closed, read, segments

_TIME = pl.Datetime("us", "UTC")

#: A request without rows (not sampled, or refused before it was read) has one line whose `row` is null.
#: `request`, `lookups`, `scores` (several classes) and `decision` are JSON, as versions differ in them.
ROWS: Mapping[str, Any] = {
    "at": _TIME,
    "request_id": pl.String(),
    "row": pl.Int64(),
    "origin": pl.String(),
    "generation": pl.Int64(),
    "assigned": pl.String(),
    "package": pl.String(),
    "version": pl.String(),
    "fallback": pl.String(),
    "status": pl.Int64(),
    "seconds": pl.Float64(),
    "request": pl.String(),
    "lookups": pl.String(),
    "score": pl.Float64(),
    "scores": pl.String(),
    "decision": pl.String(),
}
#: `label` is JSON.
LABELS: Mapping[str, Any] = {
    "at": _TIME,
    "request_id": pl.String(),
    "row": pl.Int64(),
    "label": pl.String(),
}

KINDS: Mapping[str, Mapping[str, Any]] = {PREDICTIONS: ROWS, FEEDBACK: LABELS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A file of the log. closed: its worker has gone on to another, or has ended."""

    path: Path
    kind: str
    closed: bool

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a segment holds. `minutes`: how many records of each minute, as `2013-12-01T00:05` in UTC.

    size: its bytes. unreadable: lines that are no record of its kind. torn: whether the last line is not
    whole: its writer was killed, or is writing now.
    """

    table: pl.DataFrame
    minutes: Mapping[str, int] = field(default_factory=dict)
    size: int = 0
    unreadable: int = 0
    torn: bool = False


def listed(folder: Path, kind: str) -> tuple[Segment, ...]:
    """The segments of a kind that are there."""
    files = segments(folder, kind)
    return tuple(Segment(path=file, kind=kind, closed=is_closed(file)) for file in files)


def content(segment: Segment) -> Content:
    """A segment's records as a table of its kind, in the order in which they were written."""
    make = _rows if segment.kind == PREDICTIONS else _label
    data = segment.path.read_bytes()
    lines: list[dict[str, Any]] = []
    minutes: dict[str, int] = {}
    for record, end in read(segment.path):
        if end > len(data):
            break  # written since
        made = _made(record, make)
        if made:
            minute = made[0]["at"].strftime("%Y-%m-%dT%H:%M")
            minutes[minute] = minutes.get(minute, 0) + 1
            lines += made
    return Content(
        table=pl.DataFrame(lines, schema=dict(KINDS[segment.kind]), orient="row"),
        minutes=minutes,
        size=len(data),
        unreadable=data.count(b"\n") - sum(minutes.values()),
        torn=bool(data) and not data.endswith(b"\n"),
    )


def _made(record: Record, make: Any) -> list[dict[str, Any]]:
    """The lines of a record; none for one that is not what its kind says."""
    try:
        found: list[dict[str, Any]] = list(make(record, moment(record["at"])))
    except (KeyError, TypeError, ValueError, AttributeError):
        return []
    return found


def moment(text: str) -> datetime:
    """An ISO time as UTC; naive means UTC."""
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _rows(record: Record, at: datetime) -> Iterator[dict[str, Any]]:
    request = {
        "at": at,
        "request_id": str(record["id"]),
        "row": None,
        "origin": str(record["origin"]),
        "generation": record.get("generation"),
        "assigned": record.get("assigned"),
        "package": record.get("served"),
        "version": None if record.get("version") is None else str(record["version"]),
        "fallback": record.get("fallback"),
        "status": int(record["status"]),
        "seconds": float(record["seconds"]),
    }
    rows = record.get("rows")
    if not rows:
        yield {**dict.fromkeys(ROWS), **request}
        return
    for number, row in enumerate(rows):
        score = row.get("score")
        several = isinstance(score, dict)
        yield {
            **request,
            "row": number,
            "request": json.dumps(row.get("request") or {}),
            "lookups": json.dumps(row.get("lookups") or {}),
            "score": None if several or score is None else float(score),
            "scores": json.dumps(score) if several else None,
            "decision": json.dumps(row.get("decision")),
        }


def _label(record: Record, at: datetime) -> Iterator[dict[str, Any]]:
    row = record.get("row", 0)
    label = {"at": at, "request_id": str(record["id"]), "row": int(row), "label": json.dumps(record["label"])}
    yield label
