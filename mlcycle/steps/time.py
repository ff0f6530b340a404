"""Local time from UTC timestamps, with numpy and the standard library's time zone database.

A zone is a table of moments at which its offset from UTC changes, so that an offset is one binary search,
for one row as for a million. Timestamps are datetime64[us] in UTC, NaT where missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Timestamps = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR

#: Time zone rules are looked up within these years; before and after, the nearest offset holds.
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_SCAN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Zone:
    """`offsets[i]` (microseconds) holds from `starts[i]` (microseconds since 1970, UTC) on."""

    starts: Integers
    offsets: Integers


@lru_cache(maxsize=64)
def zone(timezone: str) -> Zone:
    """The offsets of an IANA time zone; raises ZoneInfoNotFoundError (a KeyError)."""
    info = ZoneInfo(timezone)
    moment, end = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(_LAST_YEAR, 1, 1, tzinfo=UTC)
    offset = _offset(info, moment)
    changes = [(np.iinfo(np.int64).min, offset)]
    while moment < end:
        later = moment + _SCAN
        found = _offset(info, later)
        if found != offset:
            changes.append((_change(info, moment, later), found))
        moment, offset = later, found
    starts, offsets = zip(*changes, strict=True)
    return Zone(np.array(starts, dtype=np.int64), np.array(offsets, dtype=np.int64))


def _offset(info: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(info).utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)


def _change(info: ZoneInfo, low: datetime, high: datetime) -> int:
    """The microsecond at which the offset of `high` begins to hold, by bisection to the second."""
    before = _offset(info, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _offset(info, middle) == before:
            low = middle
        else:
            high = middle
    return (high - _EPOCH) // timedelta(microseconds=1)


def local(timestamps: Timestamps, timezone: str) -> Integers:
    """Local wall time as microseconds since 1970-01-01 local; meaningless where the timestamp is NaT."""
    table = zone(timezone)
    moments: Integers = np.asarray(timestamps).view(np.int64)
    if len(table.starts) == 1:
        moments = moments + table.offsets[0]
    else:
        moments = moments + table.offsets[table.starts.searchsorted(moments, "right") - 1]
    return moments


def local_day(timestamps: Timestamps, timezone: str) -> Timestamps:
    """Midnight (as if UTC) of the local day of each timestamp: the form that dates have here."""
    moments = local(timestamps, timezone)
    days: Timestamps = (moments - moments % _DAY).view("M8[us]")
    return np.where(np.isnat(timestamps), np.datetime64("NaT", "us"), days)


def epoch_days(dates: Timestamps) -> Integers:
    """Whole days since 1970-01-01."""
    return np.asarray(dates).view(np.int64) // _DAY


def _integers(spans: NDArray[Any]) -> Integers:
    return spans.astype(np.int64)


def _date(moments: Integers) -> NDArray[np.datetime64]:
    return (moments // _DAY).view("M8[D]")


def _day_of_week(moments: Integers) -> Integers:
    """1 (Monday) to 7 (Sunday), as in ISO 8601; 1970-01-01 was a Thursday."""
    return (moments // _DAY + 3) % 7 + 1


def _day_of_year(days: NDArray[np.datetime64]) -> Integers:
    return _integers(days - days.astype("M8[Y]").astype("M8[D]")) + 1


def _week_of_year(moments: Integers) -> Integers:
    """ISO 8601: a week belongs to the year that its Thursday is in."""
    thursday = _date(moments) + (4 - _day_of_week(moments))
    return (_day_of_year(thursday) - 1) // 7 + 1


def _month(moments: Integers) -> Integers:
    return _integers(_date(moments).astype("M8[M]")) % 12 + 1


def _day_of_month(moments: Integers) -> Integers:
    days = _date(moments)
    return _integers(days - days.astype("M8[M]").astype("M8[D]")) + 1


_PARTS: Mapping[str, Callable[[Integers], Any]] = MappingProxyType(
    {
        "minute_of_hour": lambda moments: moments // _MINUTE % 60,
        "minute_of_day": lambda moments: moments % _DAY // _MINUTE,
        "hour_of_day": lambda moments: moments % _DAY // _HOUR,
        "day_of_week": _day_of_week,
        "day_of_month": _day_of_month,
        "day_of_year": lambda moments: _day_of_year(_date(moments)),
        "week_of_year": _week_of_year,
        "month_of_year": _month,
        "quarter_of_year": lambda moments: (_month(moments) + 2) // 3,
        "year": lambda moments: _date(moments).astype("M8[Y]").astype(np.int64) + 1970,
    }
)


def timestamp_part(timestamps: Timestamps, part: str, timezone: str) -> Floats:
    """One part of the local time (hour_of_day 0-23, day_of_week 1-7 from Monday ...); NaN for NaT."""
    found: Floats = np.where(np.isnat(timestamps), np.nan, _PARTS[part](local(timestamps, timezone)))
    return found
