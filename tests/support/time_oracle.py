"""What is known when, by brute force: every event is looked at for every question.

Slow and obvious on purpose. The rules of time and every feature table must agree with it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A row of a source, of one key: when it happened, what it says, and what orders it among ties."""

    time: datetime
    value: Any = None
    created: datetime | None = None
    order: int = 0


def known_events(
    events: Iterable[Event], at: datetime, available_after: timedelta, window: timedelta | None = None
) -> list[Event]:
    """The events whose value is known at `at`, oldest first.

    With a window only those that became available in (at - window, at]. They are ordered by availability,
    event time and `order`.
    """
    found = []
    for event in events:
        available = known_from(event, available_after)
        too_late = available > at
        too_old = window is not None and available <= at - window
        if not too_late and not too_old:
            found.append((available, event.time, event.order, event))
    return [row[3] for row in sorted(found, key=lambda row: row[:3])]


def known_from(event: Event, available_after: timedelta) -> datetime:
    """When the value of an event became known."""
    available = event.time + available_after
    return max(available, event.created) if event.created is not None else available


def known_values(
    events: Iterable[Event], at: datetime, available_after: timedelta, window: timedelta | None = None
) -> list[Any]:
    """The values known at `at`, oldest first; nulls are values."""
    return [event.value for event in known_events(events, at, available_after, window)]


def aggregate(
    events: Sequence[Event],
    at: datetime,
    available_after: timedelta,
    *,
    function: str,
    window: timedelta | None = None,
    rows: int | None = None,
    min_rows: int = 1,
    count_rows: bool = False,
    half_life: timedelta | None = None,
) -> Any:
    """An aggregation feature at `at`: nulls are skipped, a thin window and a key never seen give None."""
    if not known_values(events, at, available_after):
        return None
    found = known_events(events, at, available_after, window)
    if rows is not None:
        found = found[-rows:]
    if not count_rows:
        found = [event for event in found if event.value is not None]
    values = [event.value for event in found]
    if len(values) < min_rows:
        return None
    if function in ("count", "distinct_count"):
        return len(values) if function == "count" else len(set(values))
    if not values:
        return None
    if function == "ewm":
        assert half_life is not None
        ages = [at - known_from(event, available_after) for event in found]
        return mean(values, [0.5 ** (age / half_life) for age in ages])
    return _FIGURES[function](values)


def mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)


_FIGURES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "sum": sum,
    "min": min,
    "max": max,
    "any": any,
    "mean": lambda values: sum(values) / len(values),
    "std": lambda values: statistics.stdev(values) if len(values) > 1 else None,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
}


def lag(
    events: Sequence[Event],
    at: datetime,
    available_after: timedelta,
    *,
    rows: int = 1,
    time: timedelta = timedelta(0),
) -> Any:
    """A lag feature at `at`: the value of the `rows`-th newest event known at `at - time`, or None."""
    values = known_values(events, at - time, available_after)
    return values[-rows] if len(values) >= rows else None


def members(events: Mapping[str, Sequence[Event]], at: datetime, available_after: timedelta) -> list[str]:
    """Who is in a population as of `at`: the keys with an event that is known by then."""
    return sorted(key for key, own in events.items() if known_events(own, at, available_after))


def later_events(events: Iterable[Event], at: datetime, window: timedelta) -> list[Event]:
    """The events that a label made of later events covers: those in [at, at + window), oldest first."""
    found = [event for event in events if at <= event.time < at + window]
    return sorted(found, key=lambda event: (event.time, event.order))


def label_is_open(
    at: datetime, available_after: timedelta, window: timedelta, now: datetime, newest: datetime | None
) -> bool:
    """Whether the last event that the label could cover is not known yet, as far as the data reaches."""
    return newest is None or at + window + available_after > min(now, newest)


def later_figure(
    events: Sequence[Event],
    at: datetime,
    window: timedelta,
    *,
    function: str,
    min_rows: int | None = None,
    count_rows: bool = False,
) -> Any:
    """What the events of a window that is over come to; None where they tell nothing."""
    found = later_events(events, at, window)
    values = [event.value for event in found if count_rows or event.value is not None]
    if len(values) < (min_rows or 0):
        return None
    if function in ("count", "distinct_count"):
        return len(values) if function == "count" else len(set(values))
    if function in ("sum", "any") and not found:
        return 0
    return _FIGURES[function](values) if values else None
