"""Local time by binary search is local time by zoneinfo."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlcycle.steps.time import epoch_days, local, local_day, timestamp_part, zone

# Whole, half and quarter hours of offset, half an hour of summer time, none, a day skipped.
ZONES = [
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Europe/Dublin",
    "America/Sao_Paulo",
]
MOMENTS = st.datetimes(datetime(1901, 1, 1), datetime(2099, 12, 31))


def stamps(*moments: datetime) -> np.ndarray:
    return np.array(moments, dtype="M8[us]")


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES), st.lists(MOMENTS, min_size=1, max_size=20))
@example("America/New_York", [datetime(2013, 3, 10, 6, 59, 59, 999999), datetime(2013, 3, 10, 7)])
@example("America/New_York", [datetime(2013, 11, 3, 5, 59, 59, 999999), datetime(2013, 11, 3, 6)])
def test_local_time_is_that_of_zoneinfo(timezone: str, moments: list[datetime]) -> None:
    aware = [moment.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)) for moment in moments]
    found = local(stamps(*moments), timezone)
    assert (
        found.tolist() == stamps(*(moment.replace(tzinfo=None) for moment in aware)).astype(np.int64).tolist()
    )


@pytest.mark.parametrize("timezone", ZONES)
def test_each_change_of_offset_is_at_its_second(timezone: str) -> None:
    info = ZoneInfo(timezone)
    starts = zone(timezone).starts[1:].view("M8[us]")
    for moment in (starts, starts - np.timedelta64(1, "s")):
        wanted = [each.replace(tzinfo=UTC).astimezone(info).replace(tzinfo=None) for each in moment.tolist()]
        assert local(moment, timezone).tolist() == np.array(wanted, dtype="M8[us]").astype(np.int64).tolist()


@settings(max_examples=200, deadline=None)
@given(MOMENTS)
def test_parts_are_those_of_the_calendar(moment: datetime) -> None:
    wanted = {
        "minute_of_hour": moment.minute,
        "minute_of_day": moment.hour * 60 + moment.minute,
        "hour_of_day": moment.hour,
        "day_of_week": moment.isoweekday(),
        "day_of_month": moment.day,
        "day_of_year": moment.timetuple().tm_yday,
        "week_of_year": moment.isocalendar().week,
        "month_of_year": moment.month,
        "quarter_of_year": (moment.month - 1) // 3 + 1,
        "year": moment.year,
    }
    found = {part: timestamp_part(stamps(moment), part, "UTC")[0] for part in wanted}
    assert found == wanted


def test_what_is_missing_stays_missing() -> None:
    missing = np.array(["NaT", "2013-07-04T03:00"], dtype="M8[us]")
    assert np.isnan(timestamp_part(missing, "hour_of_day", "America/New_York")).tolist() == [True, False]
    assert str(local_day(missing, "America/New_York")[0]) == "NaT"
    assert local_day(missing, "America/New_York")[1] == np.datetime64("2013-07-03", "us")


def test_epoch_days_go_below_zero() -> None:
    assert epoch_days(stamps(datetime(1969, 12, 31), datetime(1970, 1, 2))).tolist() == [-1, 1]


def test_a_zone_that_is_not_there() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        zone("Mars/Olympus")
