"""The rules of time: the page of worked examples is run, and the oracle agrees with the rules."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcycle.graph import availability as rules
from mlcycle.graph.column import NEVER
from tests.support import time_oracle as oracle

START = datetime(2013, 3, 1, tzinfo=UTC)
_ORACLE = ("Event", "aggregate", "known_values", "lag", "later_events", "later_figure", "members")

moments = st.integers(0, 60).map(lambda hours: START + timedelta(hours=hours))
durations = st.integers(0, 40).map(lambda hours: timedelta(hours=hours))
events = st.lists(
    st.builds(
        oracle.Event,
        time=moments,
        value=st.one_of(st.none(), st.integers(0, 3)),
        created=st.one_of(st.none(), moments),
        order=st.integers(0, 3),
    ),
    max_size=8,
)


def test_the_page_of_worked_examples(repository: Path) -> None:
    names = {
        **{name: getattr(rules, name) for name in vars(rules) if not name.startswith("_")},
        **{name: getattr(oracle, name) for name in _ORACLE},
        "NEVER": NEVER,
        "at": lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
        "hours": lambda n: timedelta(hours=n),
        "days": lambda n: timedelta(days=n),
    }
    text = (repository / "docs" / "rules-of-time.md").read_text()
    page = doctest.DocTestParser().get_doctest(text, names, "rules-of-time", None, 0)
    assert len(page.examples) > 30
    failures: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(page, out=failures.append)
    assert result.failed == 0, "".join(failures)


@pytest.mark.slow
@given(events, moments, durations, st.one_of(st.none(), durations))
def test_the_rules_say_what_the_oracle_finds(
    rows: list[oracle.Event], at: datetime, after: timedelta, window: timedelta | None
) -> None:
    by_rules = [
        event
        for event in rows
        if rules.in_window(rules.available_at(event.time, after, event.created), at, window)
    ]
    found = oracle.known_events(rows, at, after, window)
    assert sorted(map(id, by_rules)) == sorted(map(id, found))


@given(events, moments, durations, durations)
def test_nothing_known_is_ever_forgotten_without_a_window(
    rows: list[oracle.Event], at: datetime, after: timedelta, later: timedelta
) -> None:
    before = oracle.known_events(rows, at, after)
    assert all(event in oracle.known_events(rows, at + later, after) for event in before)


@given(moments, durations, durations)
def test_a_label_is_never_in_its_own_features_unless_the_rule_says_so(
    time: datetime, delay: timedelta, horizon: timedelta
) -> None:
    own = oracle.Event(time=time, value=1)
    held = oracle.known_events([own], rules.predicted_at(time, horizon), delay)
    assert bool(held) == rules.sees_own_row(delay, horizon)


@given(st.lists(moments, min_size=2, max_size=8), moments, durations, durations)
def test_the_gap_leaves_exactly_the_labels_that_were_known(
    times: list[datetime], border: datetime, delay: timedelta, horizon: timedelta
) -> None:
    """A training row at or before border - gap had its label when the first later row was predicted."""
    gap = rules.least_gap(delay, horizon)
    predicted = rules.predicted_at(border, horizon)
    for time in times:
        known = bool(oracle.known_events([oracle.Event(time=time)], predicted, delay))
        assert known == (time <= border - gap)


@pytest.mark.slow
@given(events, moments, durations, durations)
def test_a_feature_and_a_label_of_later_events_share_none_unless_the_rule_says_so(
    rows: list[oracle.Event], at: datetime, after: timedelta, window: timedelta
) -> None:
    """At the moment of prediction itself the rule is exact; no other event could ever be in both."""
    rows = [*rows, oracle.Event(time=at)]
    window += timedelta(hours=1)
    label = oracle.later_events(rows, at, window)
    shared = [event for event in oracle.known_events(rows, at, after) if event in label]
    assert bool(shared) == rules.sees_its_own_future(after)
    assert all(event.time == at for event in shared)


@pytest.mark.slow
@given(events, moments, moments, durations, durations)
def test_the_gap_of_a_label_of_later_events_leaves_those_that_were_known(
    rows: list[oracle.Event], at: datetime, border: datetime, delay: timedelta, window: timedelta
) -> None:
    """Of a row at or before border - gap every event of the label was known at the border; and no later row
    could be sure of that."""
    rows = [replace(row, created=None) for row in rows]
    gap = rules.least_gap(rules.label_known_after(window, delay), timedelta(0))
    waits = oracle.label_is_open(at, delay, window, border, border)
    assert waits == (at > border - gap)
    known = oracle.known_events(rows, border, delay)
    if not waits:
        assert all(event in known for event in oracle.later_events(rows, at, window))


def test_a_label_of_values_that_are_never_known_is_never_known() -> None:
    assert rules.label_known_after(timedelta(days=7), NEVER) == NEVER
    assert rules.label_known_after(timedelta(days=7), None) == timedelta(days=7)


@pytest.mark.parametrize("horizon", [timedelta(0), timedelta(hours=2)])
def test_never_is_later_than_everything(horizon: timedelta) -> None:
    assert not rules.may_be_requested(NEVER, horizon)
    assert not rules.sees_own_row(NEVER, horizon)
    assert rules.least_gap(NEVER, horizon) == NEVER
    with pytest.raises(OverflowError):
        rules.available_at(START, NEVER)
