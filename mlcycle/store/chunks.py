"""What monitors measured: one result for each closed chunk of a monitor's predictions, kept for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, insert, select

from mlcycle.store.database import CHUNKS
from mlcycle.store.encoding import check_result, plain
from mlcycle.verdicts import ChunkResult as ChunkResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    """The chunks of one environment; those of others in the same database are never seen."""

    engine: Engine
    environment: str

    def closed(self, monitor: str, after: datetime | None = None) -> tuple[ChunkResult, ...]:
        """The measured chunks of `project/name`, oldest first; with `after`, those that start later."""
        wanted = [self._of(monitor)]
        if after is not None:
            wanted.append(CHUNKS.c.start > _text(after))
        query = select(CHUNKS).where(*wanted).order_by(CHUNKS.c.start)
        with self.engine.connect() as connection:
            return tuple(_decode(row) for row in connection.execute(query).mappings())

    def add(self, results: Iterable[ChunkResult]) -> None:
        """Keep results in one transaction: doing it again changes nothing.

        A chunk that is there already and settled stays as it is; one that waits for labels is replaced.
        """
        with self.engine.begin() as connection:
            for result in results:
                same = (self._of(result.monitor)) & (CHUNKS.c.start == _text(result.start))
                connection.execute(delete(CHUNKS).where(same, CHUNKS.c.settled == 0))
                if connection.execute(select(CHUNKS.c.start).where(same)).first() is None:
                    connection.execute(insert(CHUNKS).values(environment=self.environment, **_encode(result)))

    def _of(self, monitor: str) -> ColumnElement[bool]:
        return (CHUNKS.c.monitor == monitor) & (CHUNKS.c.environment == self.environment)


def _text(time: datetime) -> str:
    """ISO text in UTC, of one width, so that it sorts as the times do."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _encode(result: ChunkResult) -> dict[str, Any]:
    body = asdict(result)
    head = {"monitor": body.pop("monitor"), "settled": int(body.pop("settled"))}
    times = {name: _text(body.pop(name)) for name in ("start", "end")}
    return {**head, **times, "body": plain(body)}


def _decode(row: Mapping[Any, Any]) -> ChunkResult:
    body = row["body"]
    checks = tuple(check_result(item) for item in body.pop("checks"))
    return ChunkResult(
        monitor=row["monitor"],
        start=datetime.fromisoformat(row["start"]),
        end=datetime.fromisoformat(row["end"]),
        settled=bool(row["settled"]),
        checks=checks,
        **body,
    )
