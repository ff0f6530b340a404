from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from mlcycle.graph.chunks import boundary, spans

HOUR, DAY, WEEK = 3600, 86_400, 604_800


def test_days_begin_at_midnight_in_utc_and_weeks_on_a_monday() -> None:
    time = datetime(2013, 12, 5, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert boundary(time, DAY) == datetime(2013, 12, 6, tzinfo=UTC)
    assert boundary(time, WEEK) == datetime(2013, 12, 2, tzinfo=UTC)
    assert boundary(time, WEEK).isoweekday() == 1
    assert boundary(datetime(1999, 12, 31, 12, tzinfo=UTC), DAY) == datetime(1999, 12, 31, tzinfo=UTC)


def test_a_chunk_is_closed_when_its_end_has_come() -> None:
    first, end = datetime(2013, 12, 5, 10, 5, tzinfo=UTC), datetime(2013, 12, 5, 12, tzinfo=UTC)
    hours = list(spans(first, end, HOUR))
    assert [start.hour for start, _ in hours] == [10, 11]
    assert list(spans(first, end - timedelta(microseconds=1), HOUR)) == hours[:1]
