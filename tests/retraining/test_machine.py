"""One observation after the other: what counts, what resets, what holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcycle.retraining.codec import decode_state, encode_state
from mlcycle.retraining.machine import Asked, Ended, Looked, Resumed, advance, hold, ready
from mlcycle.retraining.observation import Observation
from mlcycle.retraining.state import Firing, Outcome, Policy, State, Watch

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = Policy(triggers={"drift": Watch(needed=2), "weekly": Watch(mends=False)}, max_per_week=2)
NEW = State(retraining="p/r")


def see(what: str, day: int, *, of_model: bool = True) -> Observation:
    """`x` is a breach, `.` clear, `-` between the two, `?` unknown."""
    breach = None if what == "?" else what == "x"
    return Observation(
        key=str(day),
        at=START + day * DAY,
        breach=breach,
        clear=what == ".",
        evidence=f"day {day}: {what}",
        of_model=of_model,
    )


def look(state: State, chunks: str, first: int = 0, **more: str) -> tuple[State, Firing | None]:
    """One look at the end of a row of days."""
    seen = tuple(see(what, first + index) for index, what in enumerate(chunks))
    return advance(
        state, Looked(now=START + (first + len(chunks)) * DAY, seen={"drift": seen}, **more), POLICY
    )


def end(state: State, outcome: Outcome, day: int) -> State:
    assert state.open is not None
    ended = Ended(now=START + day * DAY, id=state.open.id, outcome=outcome)
    return advance(state, ended, POLICY)[0]


@pytest.mark.parametrize(
    ("chunks", "fires"),
    [
        ("xx", True),
        ("x", False),
        ("x.x", False),
        ("x-x", True),
        ("x?x", True),
        ("x??-", False),
        ("xx.", False),
        ("????", False),
        ("----", False),
    ],
)
def test_what_makes_it_fire(chunks: str, fires: bool) -> None:
    assert (look(NEW, chunks)[1] is not None) is fires


def test_each_chunk_counts_once() -> None:
    state, firing = look(NEW, "x")
    assert firing is None
    again, firing = look(state, "x")
    assert firing is None
    assert again == state


def test_the_cause_is_the_breach_and_not_what_came_after() -> None:
    _, firing = look(NEW, "xx-?")
    assert firing is not None
    assert firing.cause == "day 1: x"


def test_it_is_disarmed_until_it_was_clear() -> None:
    state = end(look(NEW, "xx")[0], "succeeded", 2)
    assert not state.counted("drift").armed
    state, firing = look(state, "x", 3)
    assert (firing, state.strikes) == (None, 0)
    state, _ = look(state, ".", 4)
    assert state.counted("drift").armed
    assert look(state, "......xx", 5)[1] is not None
    relapsed, firing = look(state, ".....xx", 5)
    assert (firing, relapsed.strikes) == (None, 1), "it was clear for too short a time to have been mended"


def test_breaches_after_a_success_are_a_strike_and_double_the_pause() -> None:
    state = end(look(NEW, "xx")[0], "succeeded", 2)
    state, firing = look(state, "xx", 2)
    assert (firing, state.strikes) == (None, 1)
    assert state.cooldown_until == START + 6 * DAY
    state, firing = look(state, "x", 4)
    assert firing is None
    state, firing = look(state, "x", 5)
    assert firing is not None
    assert state.cooldown_until == START + 8 * DAY
    state = end(state, "failed", 7)
    assert (state.strikes, state.cooldown_until) == (2, START + 11 * DAY)


@pytest.mark.parametrize("outcome", ["failed", "nothing_new"])
def test_three_that_did_not_help_are_left_to_a_person(outcome: Outcome) -> None:
    state, day = NEW, 0
    for _ in range(3):
        state, firing = look(state, "xx", day)
        assert firing is not None
        state, day = end(state, outcome, day + 2), day + 20
    assert state.left_to_a_person
    state, firing = look(state, "x" * 100, day)
    assert firing is None
    assert "left to a person" in (hold(state, POLICY, START + 500 * DAY) or "")
    state = advance(state, Resumed(now=START + 500 * DAY), POLICY)[0]
    assert look(state, "x", 501)[1] is not None


def test_a_date_with_nothing_new_to_learn_from_is_no_strike() -> None:
    event = Looked(now=START + DAY, seen={"weekly": (see("x", 0, of_model=False),)})
    state, firing = advance(NEW, event, POLICY)
    assert firing is not None
    state = end(state, "nothing_new", 1)
    assert (state.strikes, state.counted("weekly").armed) == (0, True)


def test_what_began_before_the_new_model_says_nothing_of_it() -> None:
    state = end(look(NEW, "xx")[0], "succeeded", 5)
    state, _ = look(state, "xxx", 2)
    assert (state.strikes, state.counted("drift").count) == (0, 0)
    assert look(state, "xx", 5)[0].strikes == 1


def test_while_a_version_is_rolled_out_nothing_is_asked_for() -> None:
    state, firing = look(NEW, "xx", busy="version 2 is being rolled out")
    assert (firing, state.since) == (None, START + 2 * DAY)
    assert look(state, "xx")[1] is None
    assert look(state, "xx", 2)[1] is not None


def test_no_more_than_so_many_in_a_week() -> None:
    state = NEW
    for day in (0, 2):
        state, firing = advance(state, Asked(now=START + day * DAY, reason="a try"), POLICY)
        assert firing is not None
        state = end(state, "nothing_new", day)
    state = replace(state, strikes=0, cooldown_until=None)
    state, firing = look(state, "xx", 3)
    assert firing is None
    assert (hold(state, POLICY, START + 5 * DAY) or "").endswith("2026-01-08 00:00")
    assert look(state, "-", 8)[1] is not None


def test_one_at_a_time_also_for_a_person() -> None:
    state, firing = advance(NEW, Asked(now=START, reason="new labels"), POLICY)
    assert firing is not None
    assert firing.cause == "asked for: new labels"
    assert advance(state, Asked(now=START + DAY, reason="again"), POLICY) == (state, None)


def test_an_end_that_is_told_twice_counts_once() -> None:
    state, firing = look(NEW, "xx")
    assert firing is not None
    ended = Ended(now=START + 2 * DAY, id=firing.id, outcome="failed")
    once = advance(state, ended, POLICY)[0]
    assert once.strikes == 1
    assert advance(once, ended, POLICY)[0] == once


def test_a_long_good_time_forgives_what_failed() -> None:
    state = end(look(NEW, "xx")[0], "failed", 2)
    assert state.strikes == 1
    assert look(state, "......", 3)[0].strikes == 1
    assert look(state, ".......", 3)[0].strikes == 0


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.text("x.-?", max_size=4), st.sampled_from(["succeeded", "failed", "nothing_new"])))
)
def test_whatever_comes(days: list[tuple[str, Outcome]]) -> None:
    """Never two at once, never more than the week allows, never in a cool-down, never after three strikes."""
    state, day, fired = NEW, 0, list[datetime]()
    for chunks, outcome in days:
        before = state
        state, firing = look(state, chunks, day)
        day += max(1, len(chunks))
        assert decode_state(encode_state(state)) == state
        if firing is None:
            continue
        assert before.cooldown_until is None or firing.at >= before.cooldown_until
        assert not before.left_to_a_person
        assert ready(state, POLICY) == ()
        fired.append(firing.at)
        assert len([at for at in fired if firing.at - at < 7 * DAY]) <= POLICY.max_per_week
        state = end(state, outcome, day)
