"""How time is cut into partitions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcycle.graph.partitions import Every, floor, partitions


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def keys(every: str, start: str, now: str, end: str | None = None) -> list[str]:
    config = {"every": every, "start": at(start).isoformat()} | ({"end": at(end).isoformat()} if end else {})
    return [part.key for part in partitions(config, at(now))]


def test_the_open_one_is_there_from_its_first_moment() -> None:
    assert keys("month", "2013-11-01", "2014-02-01") == ["2013-11", "2013-12", "2014-01", "2014-02"]
    assert keys("month", "2013-11-01", "2014-01-31T23:59:59") == ["2013-11", "2013-12", "2014-01"]
    assert keys("day", "2012-02-28", "2012-03-01T05:00") == [
        "2012-02-28", "2012-02-29", "2012-03-01",
    ]  # fmt: skip


def test_the_end_is_no_partition_and_nothing_is_before_the_start() -> None:
    assert keys("month", "2013-01-01", "2026-01-01", end="2013-03-01") == ["2013-01", "2013-02"]
    assert keys("day", "2013-01-02", "2013-01-01T23:00") == []


@pytest.mark.parametrize("every", ["day", "month"])
@settings(max_examples=25)
@given(start=st.datetimes(datetime(1990, 1, 1), datetime(2020, 1, 1)), days=st.integers(0, 70))
def test_partitions_cover_time_without_gaps(every: Every, start: datetime, days: int) -> None:
    first = floor(start.replace(tzinfo=UTC), every)
    now = first + timedelta(days=days)
    cut = partitions({"every": every, "start": first.isoformat()}, now)
    assert cut[0].start == first
    assert cut[-1].start <= now < cut[-1].end
    assert all(one.end == other.start for one, other in pairwise(cut))
    assert all(floor(part.end - timedelta(microseconds=1), every) == part.start for part in cut)
    assert len({part.key for part in cut}) == len(cut)
    assert [part.key for part in cut] == sorted(part.key for part in cut)
