"""The five fields, against croniter, which Dagster brings along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlcycle.cron import parse

START = datetime(2024, 1, 1, tzinfo=UTC)


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    # croniter reads `0-0` as every weekday.
    ends = st.tuples(number, number).filter(lambda ends: ends[0] < ends[1])
    span = ends.map(lambda ends: f"{ends[0]}-{ends[1]}")
    part = st.one_of(number.map(str), span, span.map(lambda text: f"{text}/2"), st.just("*/3"))
    return st.one_of(st.just("*"), st.lists(part, min_size=1, max_size=3).map(",".join))


CRONS = st.tuples(_field(0, 59), _field(0, 23), _field(1, 31), _field(1, 12), _field(0, 6)).map(" ".join)


@pytest.mark.slow
@given(CRONS, st.integers(0, 4 * 365 * 24 * 60))
@settings(max_examples=200, deadline=None)
def test_as_croniter_has_it(text: str, minutes: int) -> None:
    from dagster._vendored.croniter import croniter

    days = text.split()[2], text.split()[4]
    # croniter takes a day field that begins with `*` as restricted, unlike crontab(5).
    assume(all(one == "*" or (not one.startswith("*") and ",*" not in one) for one in days))
    at = START + timedelta(minutes=minutes, seconds=30)
    try:
        later, before = croniter(text, at).get_next(datetime), croniter(text, at).get_prev(datetime)
    except ValueError:  # a day that never comes
        assume(False)
    assert (parse(text).next(at), parse(text).newest(at)) == (later, before)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("0 3 * * 1", "2024-01-01T03:00"),
        ("0 3 * * MON", "2024-01-01T03:00"),
        ("0 3 * * 7", "2024-01-07T03:00"),
        ("0 0 13 * FRI", "2024-01-05T00:00"),
        ("0 0 29 FEB *", "2024-02-29T00:00"),
        ("*/15 * * * *", "2024-01-01T00:15"),
        ("5/20 * * * *", "2024-01-01T00:05"),
    ],
)
def test_what_is_due_next(text: str, due: str) -> None:
    assert parse(text).next(START) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_a_due_time_itself_is_the_newest_and_not_the_next() -> None:
    cron = parse("0 0 * * *")
    assert cron.newest(START) == START
    assert cron.next(START) == START + timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "5-1 * * * *",
        "*/0 * * * *",
        "a * * * *",
        "١ * * * *",
    ],
)
def test_what_is_no_cron(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_a_day_that_never_comes() -> None:
    assert parse("0 0 30 2 *").next(START) is None
    assert parse("0 0 30 2 *").newest(START) is None


def test_the_due_times_of_a_span_by_a_clock_that_is_put_forward_and_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    every_night = parse("30 2 * * *")
    march = every_night.between(
        datetime(2024, 3, 30, 1, 30, tzinfo=UTC), datetime(2024, 4, 1, 0, 30, tzinfo=UTC), berlin
    )
    assert [due.isoformat() for due in march] == [  # 2:30 of the 31st is 3:30; the end is not in the span
        "2024-03-30T01:30:00+00:00",
        "2024-03-31T01:30:00+00:00",
    ]
    october = every_night.between(
        datetime(2024, 10, 26, 1, tzinfo=UTC), datetime(2024, 10, 28, tzinfo=UTC), berlin
    )
    assert [due.isoformat() for due in october] == ["2024-10-27T00:30:00+00:00"]


def test_a_time_that_two_others_jump_to_is_due_once() -> None:
    day = datetime(2024, 3, 31, tzinfo=UTC)
    due = list(parse("30 2,3 * * *").between(day, day + timedelta(hours=12), ZoneInfo("Europe/Berlin")))
    assert due == [day + timedelta(hours=1, minutes=30)]


@pytest.mark.parametrize("hours", [0, 5, 24, 24 * 8])
def test_a_span_has_what_next_finds(hours: int) -> None:
    cron, end = parse("0 6,18 * * 1-3"), START + timedelta(hours=hours)
    found, due = [], cron.next(START - timedelta(microseconds=1))
    while due is not None and due < end:
        found.append(due)
        due = cron.next(due)
    assert list(cron.between(START, end)) == found
