"""Closed segments of the prediction log become Parquet, each once, one file a day.

`parquet/day=2013-12-01/<segment>.parquet` holds the rows, `parquet/<segment>.json` says that all of a segment
is there: it is written last, so a segment without it was never converted, whatever else lies about.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.control.segments import KINDS, Content, Segment, content, listed

FOLDER = "parquet"

#: How long a converted segment is kept beside its Parquet, for who reads the log itself (a rollout's window).
KEEP = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of a converted segment without opening it. size: bytes of the segment, for who doubts."""

    segment: str
    days: tuple[str, ...]
    size: int
    minutes: Mapping[str, int] = field(default_factory=dict)
    unreadable: int = 0
    torn: bool = False


def convert(folder: Path, now: datetime, keep: timedelta = KEEP) -> int:
    """Convert every closed segment that is not yet, remove those older than `keep`; returns how many are new.

    Killed anywhere it has done no harm, and doing it again finishes it. A segment is removed only when its
    entry and each of its files are in place.
    """
    done = converted(folder)
    new = 0
    for kind in KINDS:
        for segment in listed(folder, kind):
            if not segment.closed:
                continue
            if segment.name not in done:
                done[segment.name] = _convert(folder, segment)
                new += 1
            if _old(done[segment.name], now - keep) and _in_place(folder, done[segment.name]):
                segment.path.unlink(missing_ok=True)
    return new


def entries(folder: Path) -> Iterator[Entry]:
    """The converted segments."""
    for file in sorted((folder / FOLDER).glob("*.json")):
        found = json.loads(file.read_text())
        yield Entry(**{**found, "days": tuple(found["days"])})


def converted(folder: Path) -> dict[str, Entry]:
    """The converted segments by name, but for one that has grown since: it is read as if it never was."""
    found = {entry.segment: entry for entry in entries(folder)}
    sizes = {segment.name: segment.path.stat().st_size for kind in KINDS for segment in listed(folder, kind)}
    return {name: entry for name, entry in found.items() if sizes.get(name, entry.size) == entry.size}


def pieces(
    folder: Path, kind: str, days: tuple[str, str] | None = None
) -> Iterator[tuple[pl.DataFrame, int]]:
    """Every table of a kind with the unreadable lines beside it: converted ones by day, then other segments.

    days: the first and the last day that matter, both included; a segment may hold others as well.
    """
    done = {name: entry for name, entry in converted(folder).items() if _kind(name) == kind}
    for entry in done.values():
        lost = entry.unreadable + entry.torn
        for day in entry.days:
            if days is None or days[0] <= day <= days[1]:
                yield pl.read_parquet(_file(folder, day, entry.segment)), lost
                lost = 0
    for segment in listed(folder, kind):
        if segment.name not in done:
            found = content(segment)
            yield found.table, found.unreadable


def table(folder: Path, kind: str, days: tuple[str, str] | None = None) -> pl.DataFrame:
    """All rows of a kind, oldest first."""
    found = [piece for piece, _ in pieces(folder, kind, days) if piece.height]
    schema: Mapping[str, Any] = KINDS[kind]
    return pl.concat(found).sort("at", maintain_order=True) if found else pl.DataFrame(schema=dict(schema))


def _kind(name: str) -> str:
    return name.split("-", 1)[0]


def _convert(folder: Path, segment: Segment) -> Entry:
    found: Content = content(segment)
    day = pl.col("at").dt.strftime("%Y-%m-%d").alias("day")
    days = found.table.with_columns(day).partition_by("day", as_dict=True, maintain_order=True)
    for (name,), rows in days.items():
        file = _file(folder, str(name), segment.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".tmp")
        rows.drop("day").write_parquet(aside, compression="zstd")
        _into_place(aside, file)
    entry = Entry(
        segment=segment.name,
        days=tuple(sorted(str(name) for (name,) in days)),
        size=found.size,
        minutes=found.minutes,
        unreadable=found.unreadable,
        torn=found.torn,
    )
    _note(folder, entry)
    return entry


def _note(folder: Path, entry: Entry) -> None:
    place = folder / FOLDER / f"{entry.segment}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_suffix(".tmp")
    body = {
        "segment": entry.segment,
        "days": list(entry.days),
        "size": entry.size,
        "minutes": dict(entry.minutes),
        "unreadable": entry.unreadable,
        "torn": entry.torn,
    }
    aside.write_text(json.dumps(body))
    _into_place(aside, place)


def _into_place(aside: Path, place: Path) -> None:
    """Move a written file, safe against a power cut."""
    with aside.open("rb") as stream:
        os.fsync(stream.fileno())
    aside.replace(place)


def _file(folder: Path, day: str, segment: str) -> Path:
    return folder / FOLDER / f"day={day}" / f"{segment}.parquet"


def _in_place(folder: Path, entry: Entry) -> bool:
    return all(_file(folder, day, entry.segment).is_file() for day in entry.days)


def _old(entry: Entry, before: datetime) -> bool:
    """Whether its newest record is from before a time; an empty one may be about to be written to."""
    return bool(entry.minutes) and max(entry.minutes) < before.strftime("%Y-%m-%dT%H:%M")
