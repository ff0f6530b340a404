"""How time is cut into chunks: counted from a Monday's midnight in UTC, so that a week begins on one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

_ANCHOR = datetime(2000, 1, 3, tzinfo=UTC)


def boundary(time: datetime, every_seconds: int) -> datetime:
    """The last boundary at or before `time`: where the newest closed chunk ends."""
    every = timedelta(seconds=every_seconds)
    return _ANCHOR + (time.astimezone(UTC) - _ANCHOR) // every * every


def spans(first: datetime, until: datetime, every_seconds: int) -> Iterator[tuple[datetime, datetime]]:
    """Start and end of each chunk from the one that holds `first` to the one that ends at `until`."""
    every, start = timedelta(seconds=every_seconds), boundary(first, every_seconds)
    while start + every <= until:
        yield start, start + every
        start += every
