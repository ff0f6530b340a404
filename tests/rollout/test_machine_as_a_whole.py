"""The state machine against a second description of the same rules, over thousands of random events.

`Rules` walks the machine and says after each event what must hold. It is then given machines with one bug
each and has to find every one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mlcycle.rollout import machine
from mlcycle.rollout.codec import decode_event, decode_state, encode_event, encode_state
from mlcycle.rollout.events import (
    Aborted,
    Advanced,
    DeadlinePassed,
    Event,
    Evidence,
    Failed,
    Paused,
    Promoted,
    Resumed,
    RolledBack,
    Started,
)
from mlcycle.rollout.machine import Refusal
from mlcycle.rollout.plan import Plan
from mlcycle.rollout.state import State
from tests.support.releases import CANARY, INSTANT, SERVICE, later, release

Apply = Callable[[State, Event], State | Refusal]
VERDICTS = st.sampled_from(["pass", "pass", "pass", "pass", "fail", "inconclusive", "not_applicable"])


def rules(apply: Apply) -> type[RuleBasedStateMachine]:
    """The rules, for a machine that may have a bug."""

    class Rules(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.state = State(service=SERVICE)
            self.now = 0.0
            self.counter = 0
            self.trail: list[tuple[Event, State]] = []
            self.tell(Started(at=self.at, id="r-1", release=release(9), plan=CANARY))
            self.tell(Started(at=self.at, id="r-2", release=release(8), plan=CANARY))

        def tell(self, event: Event) -> State | Refusal:
            """Apply it; nothing but a champion's own moves changes champions, and every change counts."""
            before, found = self.state, apply(self.state, event)
            assert self.state == before
            if isinstance(found, Refusal):
                assert found.message
                return found
            if found != before:
                assert found.generation == before.generation + 1
                self.trail.append((event, found))
            self.state = found
            return found

        def id(self) -> str:
            return self.state.rollout.id if self.state.rollout is not None else "none"

        @property
        def at(self) -> datetime:
            return later(self.now)

        @rule(seconds=st.sampled_from([1, 30, 400, 3_600]))
        def time_passes(self, seconds: int) -> None:
            self.now += seconds

        @rule(version=st.integers(1, 5), plan=st.sampled_from([CANARY, CANARY, CANARY, INSTANT]))
        def start(self, version: int, plan: Plan) -> None:
            self.counter += 1
            before, wanted = self.state, release(version)
            rollout = before.rollout
            event = Started(at=self.at, id=f"r{self.counter}", release=wanted, plan=plan)
            after = self.tell(event)
            assert isinstance(after, State)
            again = apply(after, replace(event, id="again", at=later(self.now + 1)))
            assert again == after, "starting twice is starting once"
            if before.champion == wanted or (
                rollout is not None and (rollout.challenger, rollout.plan) == (wanted, plan)
            ):
                assert after == before
            elif before.champion is None or not plan.stages:
                assert (after.champion, after.previous, after.rollout) == (wanted, before.champion, None)
            else:
                assert (after.champion, after.previous) == (before.champion, before.previous)
                assert after.rollout is not None
                assert (after.rollout.challenger, after.rollout.id, after.rollout.stage) == (
                    wanted,
                    event.id,
                    0,
                )
                assert after.rollout.began == after.rollout.entered == self.at
                assert after.rollout.since == after.generation
                assert after.rollout.paused is None
                if rollout is not None:
                    assert after.ended is not None
                    assert (after.ended.id, after.ended.outcome) == (rollout.id, "superseded")

        @precondition(lambda self: self.state.rollout is not None)
        @rule(
            verdicts=st.tuples(VERDICTS, VERDICTS),
            requests=st.sampled_from([99, 100, 200, 1_000, 1_000]),
            stage=st.sampled_from([0, 0, 0, 1, 1, 2]),
            known=st.integers(0, 12),
        )
        def advance(self, verdicts: tuple[Any, Any], requests: int, stage: int, known: int) -> None:
            evidence = tuple(
                Evidence(name=a.name, verdict=v) for a, v in zip(CANARY.analyses, verdicts, strict=True)
            )[: min(known, 2)]
            self.advances(evidence, requests, stage)

        @precondition(lambda self: self.state.rollout is not None)
        @rule()
        def pass_stage(self) -> None:
            rollout = self.state.rollout
            assert rollout is not None
            self.advances(
                tuple(Evidence(name=a.name, verdict="pass") for a in CANARY.analyses), 999, rollout.stage
            )

        @precondition(lambda self: self.state.rollout is not None)
        @rule(verdict=st.sampled_from(["fail", "inconclusive", "not_applicable", None]))
        def almost_pass_stage(self, verdict: Any) -> None:
            rollout = self.state.rollout
            assert rollout is not None
            good = Evidence(name="error_rate", verdict="pass")
            bad = () if verdict is None else (Evidence(name="latency", verdict=verdict),)
            self.advances((good, *bad), 999, rollout.stage)

        def advances(self, evidence: tuple[Evidence, ...], requests: int, stage: int) -> None:
            self.now += 61
            before, rollout = self.state, self.state.rollout
            after = self.tell(
                Advanced(at=self.at, rollout=self.id(), stage=stage, requests=requests, evidence=evidence)
            )
            may = (
                rollout is not None
                and rollout.stage == stage
                and rollout.paused is None
                and requests >= rollout.at.min_requests
                and [found.verdict for found in evidence] == ["pass", "pass"]
                and (self.at - rollout.began).total_seconds() < 3600
            )
            assert may == isinstance(after, State), after
            if rollout is None or isinstance(after, Refusal):
                return
            if rollout.stage == 0:
                assert (after.champion, after.previous) == (before.champion, before.previous)
                assert after.rollout == replace(rollout, stage=1, entered=self.at, since=after.generation)
            else:
                assert (after.champion, after.previous) == (rollout.challenger, before.champion)
                assert after.rollout is None

        @precondition(lambda self: self.state.rollout is not None)
        @rule()
        def hurry(self) -> None:
            """Enough of everything but time."""
            rollout = self.state.rollout
            assert rollout is not None
            evidence = tuple(Evidence(name=a.name, verdict="pass") for a in CANARY.analyses)
            found = apply(
                self.state,
                Advanced(
                    at=rollout.entered,
                    rollout=rollout.id,
                    stage=rollout.stage,
                    requests=999,
                    evidence=evidence,
                ),
            )
            assert isinstance(found, Refusal)

        @precondition(lambda self: self.state.rollout is not None)
        @rule(verdict=st.sampled_from(["fail", "fail", "inconclusive"]))
        def fail(self, verdict: Any) -> None:
            evidence = (Evidence(name="latency", verdict=verdict),)
            event = Failed(at=self.at, rollout=self.id(), evidence=evidence)
            self.drops(event, may=verdict == "fail", outcome="failed")

        @precondition(lambda self: self.state.rollout is not None)
        @rule(late=st.booleans())
        def deadline(self, late: bool) -> None:
            rollout = self.state.rollout
            self.now += 3_600 if late else 0
            passed = rollout is not None and (self.at - rollout.began).total_seconds() >= 3600
            self.drops(DeadlinePassed(at=self.at, rollout=self.id()), may=passed, outcome="deadline")

        @precondition(lambda self: self.state.rollout is not None)
        @rule()
        def abort(self) -> None:
            self.drops(Aborted(at=self.at, rollout=self.id()), may=True, outcome="aborted")

        def drops(self, event: Event, *, may: bool, outcome: str) -> None:
            """The challenger goes, the champion is untouched; paused or not."""
            before = self.state
            after = self.tell(event)
            assert isinstance(after, State) == (may and before.rollout is not None)
            if isinstance(after, State):
                assert (after.champion, after.previous) == (before.champion, before.previous)
                assert after.rollout is None
                assert after.ended is not None
                assert after.ended.outcome == outcome

        @precondition(lambda self: self.state.rollout is not None)
        @rule()
        def pause(self) -> None:
            before = self.state
            after = self.tell(Paused(at=self.at, rollout=self.id(), reason="odd"))
            assert isinstance(after, State) == (before.rollout is not None)
            if before.rollout is not None:
                assert self.state.rollout == replace(before.rollout, paused="odd")

        @precondition(lambda self: self.state.rollout is not None and self.state.rollout.paused)
        @rule()
        def resume(self) -> None:
            rollout = self.state.rollout
            after = self.tell(Resumed(at=self.at, rollout=self.id()))
            assert isinstance(after, State) == (rollout is not None)
            if rollout is None or isinstance(after, Refusal):
                return
            anew = replace(rollout, paused=None, entered=self.at, since=after.generation)
            assert after.rollout == (anew if rollout.paused is not None else rollout)

        @precondition(lambda self: self.state.rollout is not None)
        @rule()
        def promote(self) -> None:
            before, rollout = self.state, self.state.rollout
            after = self.tell(Promoted(at=self.at, rollout=self.id()))
            assert isinstance(after, State) == (rollout is not None)
            if rollout is not None and isinstance(after, State):
                assert (after.champion, after.previous, after.rollout) == (
                    rollout.challenger,
                    before.champion,
                    None,
                )

        @rule()
        def roll_back(self) -> None:
            before = self.state
            after = self.tell(RolledBack(at=self.at))
            assert isinstance(after, State) == (before.previous is not None)
            if isinstance(after, State):
                assert (after.champion, after.previous) == (before.previous, before.champion)
                assert after.rollout is None

        @rule(kind=st.sampled_from([Promoted, Aborted, Resumed, DeadlinePassed]))
        def a_decision_that_comes_late(self, kind: Any) -> None:
            assert isinstance(apply(self.state, kind(at=later(1e9), rollout="long over")), Refusal)

        @invariant()
        def a_state_makes_sense(self) -> None:
            state, rollout = self.state, self.state.rollout
            assert decode_state(encode_state(state)) == state
            assert (state.champion is None) == (state.generation == 0)
            if rollout is not None:
                assert rollout.challenger != state.champion
                assert 0 <= rollout.stage < len(rollout.plan.stages)
                assert 0 < rollout.since <= state.generation

        def teardown(self) -> None:
            """What was recorded leads to what stands."""
            state = State(service=SERVICE)
            for event, after in self.trail:
                found = apply(state, decode_event(encode_event(event)))
                assert found == after
                state = after
            assert state == self.state

    return Rules


#: Walks of up to 50 events, 5,000 in all.
WHOLE = settings(
    max_examples=120,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
#: A bug is to be found, not made small.
HUNT = settings(WHOLE, max_examples=300, phases=[Phase.generate])


@pytest.mark.slow
def test_only_legal_moves() -> None:
    run_state_machine_as_test(rules(machine.apply), settings=WHOLE)


def test_a_few_moves() -> None:
    run_state_machine_as_test(rules(machine.apply), settings=settings(WHOLE, max_examples=8))


def _ignores_pause(state: State, event: Event) -> State | Refusal:
    if isinstance(event, Advanced) and state.rollout is not None:
        state = replace(state, rollout=replace(state.rollout, paused=None))
    return machine.apply(state, event)


def _inconclusive_passes(state: State, event: Event) -> State | Refusal:
    if isinstance(event, Advanced):
        event = replace(
            event,
            evidence=tuple(
                replace(e, verdict="pass") if e.verdict == "inconclusive" else e for e in event.evidence
            ),
        )
    return machine.apply(state, event)


def _missing_passes(state: State, event: Event) -> State | Refusal:
    if isinstance(event, Advanced):
        known = {found.name for found in event.evidence}
        more = tuple(Evidence(name=a.name, verdict="pass") for a in CANARY.analyses if a.name not in known)
        event = replace(event, evidence=(*event.evidence, *more))
    return machine.apply(state, event)


def _failure_touches_the_champion(state: State, event: Event) -> State | Refusal:
    found = machine.apply(state, event)
    if isinstance(event, Failed) and isinstance(found, State) and state.previous is not None:
        return replace(found, champion=state.previous, previous=state.champion)
    return found


def _no_deadline_while_paused(state: State, event: Event) -> State | Refusal:
    if isinstance(event, DeadlinePassed) and state.rollout is not None and state.rollout.paused:
        return Refusal(code="MLC633", message="paused")
    return machine.apply(state, event)


def _rollback_forgets(state: State, event: Event) -> State | Refusal:
    found = machine.apply(state, event)
    return (
        replace(found, previous=None) if isinstance(event, RolledBack) and isinstance(found, State) else found
    )


def _rollback_leaves_the_rollout(state: State, event: Event) -> State | Refusal:
    found = machine.apply(state, event)
    if isinstance(event, RolledBack) and isinstance(found, State) and state.rollout is not None:
        return replace(found, rollout=state.rollout)
    return found


def _superseding_keeps_the_stage(state: State, event: Event) -> State | Refusal:
    found = machine.apply(state, event)
    if (
        isinstance(event, Started)
        and isinstance(found, State)
        and state.rollout is not None
        and found.rollout is not None
    ):
        return replace(found, rollout=replace(found.rollout, stage=state.rollout.stage))
    return found


def _starting_again_counts(state: State, event: Event) -> State | Refusal:
    found = machine.apply(state, event)
    if isinstance(event, Started) and found == state:
        return replace(state, generation=state.generation + 1)
    return found


def _promotion_forgets_previous(state: State, event: Event) -> State | Refusal:
    found = machine.apply(state, event)
    if isinstance(event, Advanced) and isinstance(found, State) and found.rollout is None:
        return replace(found, previous=state.previous)
    return found


def _the_window_is_not_renewed(state: State, event: Event) -> State | Refusal:
    found = machine.apply(state, event)
    if isinstance(event, Advanced) and isinstance(found, State) and found.rollout and state.rollout:
        return replace(found, rollout=replace(found.rollout, since=state.rollout.since))
    return found


def _one_stage_too_few(state: State, event: Event) -> State | Refusal:
    if isinstance(event, Advanced) and state.rollout is not None and state.rollout.stage == 0:
        found = machine.apply(state, event)
        promoted = Promoted(at=event.at, rollout=event.rollout)
        return found if isinstance(found, Refusal) else machine.apply(state, promoted)
    return machine.apply(state, event)


def _any_stage_will_do(state: State, event: Event) -> State | Refusal:
    if isinstance(event, Advanced) and state.rollout is not None:
        event = replace(event, stage=state.rollout.stage)
    return machine.apply(state, event)


def _any_rollout_will_do(state: State, event: Event) -> State | Refusal:
    if not isinstance(event, Started | RolledBack) and state.rollout is not None:
        event = replace(event, rollout=state.rollout.id)
    return machine.apply(state, event)


BUGS: tuple[Apply, ...] = (
    _ignores_pause,
    _inconclusive_passes,
    _missing_passes,
    _failure_touches_the_champion,
    _no_deadline_while_paused,
    _rollback_forgets,
    _rollback_leaves_the_rollout,
    _superseding_keeps_the_stage,
    _starting_again_counts,
    _promotion_forgets_previous,
    _the_window_is_not_renewed,
    _one_stage_too_few,
    _any_stage_will_do,
    _any_rollout_will_do,
)


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__.strip("_"))
def test_a_machine_with_a_bug_is_found_out(bug: Apply) -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(rules(bug), settings=HUNT)
