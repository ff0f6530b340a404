"""The rules of time: what is known when. Pure functions; docs/rules-of-time.md works through each by example.

An availability is counted from the event time of a row. `None` means that nobody declared one: the value is
there at once, and the request of a predicted row may carry it. `NEVER` is later than every moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from mlcycle.graph.column import NEVER

AT_ONCE = timedelta(0)


def declared(column: timedelta | None, source: timedelta | None) -> timedelta | None:
    """The availability of a source column: its own, else its source's (rule 1)."""
    return column if column is not None else source


def latest(parts: Iterable[timedelta | None]) -> timedelta | None:
    """The availability of a value made of `parts`: it is known when the last of them is.

    None only if nothing that it is made of was declared.
    """
    known = [part for part in parts if part is not None]
    return max(known) if known else None


def delay(available_after: timedelta | None) -> timedelta:
    """The availability as a duration: at once where nobody declared it."""
    return AT_ONCE if available_after is None else available_after


def available_at(
    event_time: datetime, available_after: timedelta | None, created: datetime | None = None
) -> datetime:
    """The moment from which a value is known; a later `created` timestamp of its row counts instead (rule 1).

    Raises OverflowError for NEVER: there is no such moment.
    """
    moment = event_time + delay(available_after)
    return moment if created is None else max(moment, created)


def predicted_at(event_time: datetime, horizon: timedelta) -> datetime:
    """T, the moment at which the row of `event_time` is predicted (rule 2)."""
    return event_time - horizon


def is_known(available: datetime, at: datetime) -> bool:
    """Whether a value of another row counts at T (rule 4): at T itself it does."""
    return available <= at


def in_window(available: datetime, at: datetime, window: timedelta | None) -> bool:
    """Whether a value that became available at `available` is in the window that ends at T: (T - window, T].

    No window means everything known.
    """
    return is_known(available, at) and (window is None or available > at - window)


def may_be_requested(available_after: timedelta | None, horizon: timedelta | None) -> bool:
    """Whether a column of the predicted row itself may be a feature (rule 3).

    The request carries what nobody declared as late. `0s` says "known at the event", which is in time only
    for a model that predicts at the event. horizon: None where each row is predicted at a time of its own.
    """
    return available_after is None or (horizon is not None and available_after <= -horizon)


def least_gap(label_delay: timedelta | None, horizon: timedelta) -> timedelta:
    """The least gap between the sides of a time split (rule 7).

    The first row of the later side is predicted at its event time - horizon. The labels known by then are
    those of rows that happened `label_delay` earlier still.
    """
    waited = delay(label_delay)
    return NEVER if waited == NEVER else waited + horizon


def sees_own_row(available_after: timedelta | None, horizon: timedelta) -> bool:
    """Whether values of other rows, read at T, would include the predicted row itself (rules 4 and 5).

    That is so when the row's own value is available at or before T. No honest label is.
    """
    return delay(available_after) <= -horizon


def sees_its_own_future(available_after: timedelta | None) -> bool:
    """Whether a feature made of the events that a label of later events is made of would share one with it.

    The label covers event times in [T, T + window), so an event at T is one of its own. Features read what is
    known at or before T, which an event at T is unless its values come later (rule 5).
    """
    return delay(available_after) <= AT_ONCE


def label_known_after(window: timedelta, available_after: timedelta | None) -> timedelta:
    """How long after T a label of later events is known: its window is over, and so is the wait for the last
    value in it (rule 5)."""
    waited = delay(available_after)
    return NEVER if waited == NEVER else window + waited
