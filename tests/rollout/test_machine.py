"""The table of docs/rollouts.md, move by move."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlcycle.rollout.events import (
    Aborted,
    DeadlinePassed,
    Event,
    Evidence,
    Failed,
    Paused,
    Promoted,
    Resumed,
    RolledBack,
)
from mlcycle.rollout.machine import apply
from mlcycle.rollout.plan import Plan, Stage
from mlcycle.rollout.state import State
from tests.support.releases import (
    CANARY,
    INSTANT,
    START,
    advanced,
    after,
    later,
    passed,
    refused,
    release,
    started,
)

FAIL = (Evidence(name="error_rate", verdict="fail", message="4% of 300 requests failed"),)
PAUSE = Paused(at=later(5), rollout="r2", reason="decisions differ")


@pytest.fixture
def running() -> State:
    """Version 1 is champion, version 2 in its first stage."""
    return after(started(1), started(2))


def test_the_first_version_is_champion_at_once() -> None:
    state = after(started(1))
    assert (state.generation, state.champion, state.rollout) == (1, release(1), None)
    assert state.ended is not None
    assert (state.ended.outcome, state.ended.reason) == ("champion", "the first version")


def test_a_plan_without_stages_is_champion_at_once() -> None:
    state = after(started(1), started(2, INSTANT))
    assert (state.champion, state.previous, state.rollout) == (release(2), release(1), None)


def test_a_plan_with_stages_begins_with_the_first(running: State) -> None:
    rollout = running.rollout
    assert rollout is not None
    assert (running.champion, running.previous) == (release(1), None)
    assert (rollout.id, rollout.challenger, rollout.stage, rollout.since) == ("r2", release(2), 0, 2)
    assert (rollout.began, rollout.entered, rollout.at) == (START, START, CANARY.stages[0])


def test_every_stage_passes(running: State) -> None:
    state = after(advanced("r2", 0, later(100)), state=running)
    assert state.rollout is not None
    assert (state.champion, state.rollout.stage) == (release(1), 1)
    assert (state.rollout.began, state.rollout.entered, state.rollout.since) == (START, later(100), 3)
    state = after(advanced("r2", 1, later(200)), state=state)
    assert (state.champion, state.previous, state.rollout) == (release(2), release(1), None)
    assert state.generation == 4


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"evidence": ()}, "error_rate is missing; latency is missing"),
        ({"evidence": passed()[:1]}, "latency is missing"),
        ({"evidence": (passed()[0], Evidence(name="latency", verdict="fail"))}, "latency is fail"),
        ({"evidence": (passed()[0], Evidence(name="latency", verdict="inconclusive"))}, "latency is inc"),
        ({"evidence": (passed()[0], Evidence(name="latency", verdict="not_applicable"))}, "latency is not"),
        ({"evidence": (*FAIL, *passed())}, "error_rate is"),
        ({"evidence": (*passed(), Evidence(name="other", verdict="inconclusive"))}, "other is inconclusive"),
        ({"requests": 99}, "99 of 100 requests"),
        ({"at": later(59)}, "59 of 60 seconds"),
        ({"at": later(3600)}, "its deadline has passed"),
    ],
)
def test_nothing_less_leaves_a_stage(running: State, changes: dict[str, object], said: str) -> None:
    refusal = refused(running, advanced("r2", 0, changes.pop("at", later(100)), **changes))  # type: ignore[arg-type]
    assert refusal.code == "MLC634"
    assert said in refusal.message


def test_evidence_of_another_stage_does_not_count(running: State) -> None:
    assert refused(running, advanced("r2", 1, later(100))).code == "MLC632"


def test_a_decision_about_a_rollout_that_is_over(running: State) -> None:
    state = after(started(3), state=running)
    assert refused(state, advanced("r2", 0, later(100))).code == "MLC631"
    assert refused(after(started(1)), Aborted(at=START, rollout="r2")).code == "MLC630"


@pytest.mark.parametrize(
    ("event", "outcome", "reason"),
    [
        (Failed(at=later(5), rollout="r2", evidence=FAIL), "failed", "error_rate: 4% of 300 requests failed"),
        (DeadlinePassed(at=later(3600), rollout="r2"), "deadline", "2026-01-01 01:00:00"),
        (Aborted(at=later(5), rollout="r2", reason="wrong data"), "aborted", "by hand: wrong data"),
    ],
)
@pytest.mark.parametrize("paused", [False, True])
def test_the_challenger_is_taken_back(
    running: State, event: Event, outcome: str, reason: str, paused: bool
) -> None:
    before = after(PAUSE, state=running) if paused else running
    state = after(event, state=before)
    assert (state.champion, state.previous, state.rollout) == (release(1), None, None)
    assert state.generation == before.generation + 1
    assert state.ended is not None
    assert (state.ended.outcome, state.ended.version, state.ended.id) == (outcome, "2", "r2")
    assert reason in state.ended.reason


def test_a_failure_needs_an_analysis_that_failed(running: State) -> None:
    unclear = Failed(at=START, rollout="r2", evidence=(Evidence(name="latency", verdict="inconclusive"),))
    assert refused(running, unclear).code == "MLC635"


def test_a_deadline_is_not_before_its_time(running: State) -> None:
    assert refused(running, DeadlinePassed(at=later(3599), rollout="r2")).code == "MLC636"
    endless = after(started(1), started(2, replace(CANARY, deadline_seconds=None)))
    assert refused(endless, DeadlinePassed(at=later(1e9), rollout="r2")).code == "MLC636"


def test_a_paused_rollout_waits_and_begins_its_stage_anew(running: State) -> None:
    state = after(PAUSE, state=running)
    assert refused(state, advanced("r2", 0, later(100))).code == "MLC633"
    assert after(PAUSE, state=state) is state
    resumed = after(Resumed(at=later(200), rollout="r2"), state=state)
    assert resumed.rollout is not None
    assert (resumed.rollout.paused, resumed.rollout.stage) == (None, 0)
    assert (resumed.rollout.entered, resumed.rollout.since, resumed.rollout.began) == (later(200), 4, START)
    assert after(Resumed(at=later(300), rollout="r2"), state=resumed) is resumed


def test_a_person_promotes_even_what_is_paused(running: State) -> None:
    state = after(PAUSE, Promoted(at=later(6), rollout="r2", reason="urgent"), state=running)
    assert (state.champion, state.previous, state.rollout) == (release(2), release(1), None)
    assert state.ended is not None
    assert state.ended.reason == "promoted by hand: urgent"


def test_rolling_back_can_be_undone(running: State) -> None:
    state = after(started(1), started(2, INSTANT))
    back = after(RolledBack(at=START), state=state)
    assert (back.champion, back.previous, back.generation) == (release(1), release(2), 3)
    again = after(RolledBack(at=START), state=back)
    assert (again.champion, again.previous) == (release(2), release(1))
    assert refused(running, RolledBack(at=START)).code == "MLC637"


def test_rolling_back_ends_a_rollout() -> None:
    state = after(started(1), started(2, INSTANT), started(3), RolledBack(at=later(9), reason="bad day"))
    assert (state.champion, state.previous, state.rollout) == (release(1), release(2), None)
    assert state.ended is not None
    assert (state.ended.outcome, state.ended.version) == ("rolled_back", "3")


def test_a_newer_release_supersedes(running: State) -> None:
    state = after(advanced("r2", 0, later(100)), started(3, at=later(150)), state=running)
    assert state.rollout is not None
    assert (state.rollout.id, state.rollout.stage, state.rollout.began) == ("r3", 0, later(150))
    assert state.ended is not None
    assert (state.ended.id, state.ended.outcome) == ("r2", "superseded")
    at_once = after(started(4, INSTANT), state=state)
    assert (at_once.champion, at_once.rollout) == (release(4), None)
    assert at_once.ended is not None
    assert "in place of the rollout of 3" in at_once.ended.reason


def test_starting_what_is_in_place_changes_nothing(running: State) -> None:
    assert apply(running, started(1, at=later(9), id="another")) is running
    assert apply(running, started(2, at=later(9), id="another")) is running
    champion = after(started(1))
    assert apply(champion, started(1, INSTANT, id="another")) is champion


def test_a_release_that_was_built_anew_stays_where_it_is(running: State) -> None:
    for number in (1, 2):
        anew = replace(started(number, id="x"), release=release(number, bento="b:9", path="/bentos/9"))
        state = after(anew, state=running)
        assert state.generation == running.generation + 1
        assert state.rollout is not None
        assert (state.rollout.id, state.rollout.stage, state.rollout.since) == ("r2", 0, 2)
        assert (state.champion, state.rollout.challenger)[number - 1] == anew.release
        assert state.previous is None


def test_another_plan_for_the_same_challenger_begins_anew(running: State) -> None:
    shorter = Plan(kind="canary", stages=(Stage(weight=1.0),))
    state = after(started(2, shorter, id="again"), state=running)
    assert state.rollout is not None
    assert (state.rollout.id, state.rollout.plan) == ("again", shorter)
    assert after(started(2, INSTANT), state=running).champion == release(2)
