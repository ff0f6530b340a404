"""The prediction log of the services of one environment, as the work of monitors reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from mlcycle.control import archive
from mlcycle.control import labels as truth
from mlcycle.control.frames import frame
from mlcycle.control.segments import ROWS, content, listed
from mlcycle.ports import LabelColumn, LaterLabel, Predicted
from mlcycle.serving.records import FEEDBACK, PREDICTIONS
from mlcycle.steps.package import Package

_REQUEST = (
    *("at", "request_id", "origin", "generation", "package", "version"),
    *("assigned", "fallback", "status", "seconds"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionLogs:
    """The logs below `home`, one folder a service. Only records of one `origin` are read: live, replay and
    simulated predictions never mix."""

    home: Path
    origin: str = "live"
    keep: timedelta = archive.KEEP

    def closed(self, service: str, until: datetime) -> tuple[int, int] | None:
        """How many requests and how many labels there are from before `until`; opens no Parquet."""
        folder = self.home / service
        if not folder.is_dir():
            return None
        limit = _minute(until)
        counts = [
            sum(number for minute, number in self._minutes(folder, kind) if minute < limit)
            for kind in (PREDICTIONS, FEEDBACK)
        ]
        return counts[0], counts[1]

    def collect(self, service: str, now: datetime) -> int:
        """Turn closed segments into Parquet, each once; returns how many are new."""
        return archive.convert(self.home / service, now, self.keep)

    def span(self, service: str) -> tuple[datetime, datetime] | None:
        """The minutes of the first and the last request of any origin."""
        minutes = [minute for minute, _ in self._minutes(self.home / service, PREDICTIONS)]
        if not minutes:
            return None
        first, last = (
            datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (min(minutes), max(minutes))
        )
        return first, last

    def predicted(
        self,
        service: str,
        start: datetime,
        end: datetime,
        *,
        package: Callable[[str, str], Package | None],
        known_by: datetime,
        labels: LabelColumn | LaterLabel | None = None,
        redacted: Sequence[str] = (),
    ) -> Predicted:
        """What was predicted at start <= at < end, with the labels that were known by `known_by`."""
        folder = self.home / service
        lines, unreadable = self._lines(folder, start, end)
        feedback = archive.table(folder, FEEDBACK)
        predicted = self._rows(folder) if feedback.height else feedback
        told = truth.sent(feedback, predicted, known_by)
        source = truth.source(labels, known_by) if labels is not None else None
        context = labels.key if labels is not None else ()
        frames, unknown = {}, 0
        for digest, version, rows in _by_package(lines):
            found = package(digest, version)
            if found is None:
                unknown += rows.height
                continue
            made = frame(rows, found, context=context, redacted=redacted)
            frames[digest] = truth.labelled(made, found.manifest, told.labels, source)
        return Predicted(
            requests=lines.unique("request_id", keep="first", maintain_order=True).select(_REQUEST),
            frames=frames,
            without_package=unknown,
            unreadable=unreadable,
            repeated=told.repeated,
            orphans=told.orphans,
        )

    def _lines(self, folder: Path, start: datetime, end: datetime) -> tuple[pl.DataFrame, int]:
        """The lines of a span, oldest first, and how many more of its segments are no record."""
        inside = (pl.col("at") >= start) & (pl.col("at") < end) & (pl.col("origin") == self.origin)
        parts, unreadable = [pl.DataFrame(schema=dict(ROWS))], 0
        for piece, lost in archive.pieces(folder, PREDICTIONS, _days(start, end)):
            unreadable += lost
            parts.append(piece.filter(inside))
        return pl.concat(parts).sort("at", maintain_order=True), unreadable

    def _rows(self, folder: Path) -> pl.DataFrame:
        """`request_id` and `row` of every predicted row of this origin."""
        mine = (pl.col("origin") == self.origin) & pl.col("row").is_not_null()
        parts = [p.filter(mine).select("request_id", "row") for p, _ in archive.pieces(folder, PREDICTIONS)]
        schema = {"request_id": pl.String(), "row": pl.Int64()}
        return pl.concat(parts) if parts else pl.DataFrame(schema=schema)

    def _minutes(self, folder: Path, kind: str) -> Iterator[tuple[str, int]]:
        done = archive.converted(folder)
        for name, entry in done.items():
            if name.startswith(f"{kind}-"):
                yield from entry.minutes.items()
        for segment in listed(folder, kind):
            if segment.name not in done:
                yield from content(segment).minutes.items()


def _by_package(lines: pl.DataFrame) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Digest, version and rows of each package that answered."""
    rows = lines.filter(pl.col("row").is_not_null() & pl.col("package").is_not_null())
    groups: Mapping[tuple[object, ...], pl.DataFrame] = rows.partition_by(
        "package", as_dict=True, maintain_order=True
    )
    for (digest,), found in groups.items():
        yield str(digest), str(found["version"][0]), found


def _days(start: datetime, end: datetime) -> tuple[str, str]:
    return start.astimezone(UTC).strftime("%Y-%m-%d"), end.astimezone(UTC).strftime("%Y-%m-%d")


def _minute(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
