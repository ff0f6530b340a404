"""The five fields of cron: minute, hour, day of month, month, day of week. A leaf: language and work read it.

As in Vixie cron (crontab(5)), a time is due on a day that matches both day fields, or either of them if both
are restricted. Weekdays count from Sunday, which is 0 and 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_TITLES = ("minute", "hour", "day of month", "month", "day of week")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NAMES: tuple[dict[str, int], ...] = (
    *({}, {}, {}),
    {name: number for number, name in enumerate(_MONTHS, 1)},
    {name: number for number, name in enumerate(_DAYS)},
)
#: 29 February comes again within eight years, also around a year like 2100.
_HORIZON = 366 * 8 + 1
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """The values that each field allows; `either`: whether one of the day fields is enough."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def on(self, day: date) -> bool:
        """Whether a day has a due time."""
        if day.month not in self.months:
            return False
        by_month, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_month or by_week if self.either else by_month and by_week

    def newest(self, at: datetime) -> datetime | None:
        """The last due time at or before `at`; None if there was none in eight years."""
        for back in range(_HORIZON):
            day = at.date() - timedelta(days=back)
            times = (time(h, m) for h in reversed(self.hours) for m in reversed(self.minutes))
            for one in times if self.on(day) else ():
                due = datetime.combine(day, one, at.tzinfo)
                if due <= at:
                    return due
        return None

    def next(self, at: datetime) -> datetime | None:
        """The first due time after `at`; None if there is none in eight years."""
        for ahead in range(_HORIZON):
            day = at.date() + timedelta(days=ahead)
            times = (time(h, m) for h in self.hours for m in self.minutes)
            for one in times if self.on(day) else ():
                due = datetime.combine(day, one, at.tzinfo)
                if due > at:
                    return due
        return None

    def between(self, start: datetime, end: datetime, zone: tzinfo = UTC) -> Iterator[datetime]:
        """The due times of [start, end) in order, each once, in UTC; the fields are read by `zone`'s clock.

        A time that the clock jumps over is due that much later; one that it shows twice, the first time.
        """
        day, last = start.astimezone(zone).date() - _DAY, end.astimezone(zone).date() + _DAY
        newest = datetime.min.replace(tzinfo=UTC)
        while day <= last:
            times = (time(h, m, tzinfo=zone) for h in self.hours for m in self.minutes)
            due = (datetime.combine(day, one).astimezone(UTC) for one in times) if self.on(day) else ()
            for moment in sorted(due):
                if start <= moment < end and moment > newest:
                    newest = moment
                    yield moment
            day += _DAY


def first(text: str) -> datetime | None:
    """The first due time after 1970, None for a day that never comes; ValueError as from `parse`."""
    return parse(text).next(_EPOCH)


def parse(text: str) -> Cron:
    """Read an expression; ValueError says what is wrong with it."""
    words = text.split()
    if len(words) != 5:
        raise ValueError(f"it has {len(words)} fields, not 5")
    fields = [_field(word, place) for place, word in enumerate(words)]
    return Cron(
        minutes=tuple(sorted(fields[0])),
        hours=tuple(sorted(fields[1])),
        days=fields[2],
        months=fields[3],
        weekdays=frozenset(day % 7 for day in fields[4]),
        either=not words[2].startswith("*") and not words[4].startswith("*"),
    )


def _field(word: str, place: int) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        span, slash, step = part.partition("/")
        low, high = _RANGES[place]
        if span != "*":
            first, dash, last = span.partition("-")
            low = _number(first, place)
            high = _number(last, place) if dash else (high if slash else low)
        if low > high or (slash and not (step.isdecimal() and int(step) > 0)):
            raise ValueError(f"`{part}` is no {_TITLES[place]}")
        found |= set(range(low, high + 1, int(step) if slash else 1))
    return frozenset(found)


def _number(word: str, place: int) -> int:
    low, high = _RANGES[place]
    named = _NAMES[place].get(word.upper())
    if named is None and not (word.isascii() and word.isdecimal() and low <= int(word) <= high):
        raise ValueError(f"`{word}` is no {_TITLES[place]} ({low} to {high})")
    return int(word) if named is None else named
