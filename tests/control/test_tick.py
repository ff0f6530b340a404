"""One look at a time: what is decided on what was seen, by the real state machine over a store in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mlcycle.control.tick import Look, Ticker
from mlcycle.control.window import Observer
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE
from mlcycle.kinds.analyses.window import Arm, Window
from mlcycle.rollout.events import Advanced, DeadlinePassed, Event, Failed, Paused
from mlcycle.rollout.machine import Refusal, apply
from mlcycle.rollout.plan import Analysis, Plan, Stage
from mlcycle.rollout.state import State
from mlcycle.store.rollouts import Change
from tests.support.releases import SERVICE, after, later, release, started

_WORK = "mlcycle.kinds.analyses.{}.work:judge"
PLAN = Plan(
    kind="canary",
    stages=(
        Stage(weight=0.05, min_requests=500, min_duration_seconds=60),
        Stage(weight=1.0, min_requests=500),
    ),
    analyses=(
        Analysis(
            name="error_rate",
            work=_WORK.format("error_rate"),
            config={"max_increase": 0.01, "confidence": 0.95},
        ),
        Analysis(
            name="disagreement", work=_WORK.format("disagreement"), config={"max": 0.15, "confidence": 0.95}
        ),
    ),
    deadline_seconds=3600,
)
GOOD = Window(
    task="binary_classification",
    champion=Arm(requests=9_500),
    challenger=Arm(requests=600),
    pairs=600,
    disagreements=10,
    differences=[0.0] * 600,
)


@dataclass
class Memory:
    """A store that forgets when its test ends."""

    now: State
    done: dict[str, State] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def state(self, service: str) -> State:
        return self.now

    def change(
        self, service: str, event: Event, *, operation: str, actor: str, expected: int | None
    ) -> Change:
        if operation in self.done:
            return Change(state=self.done[operation], repeated=True)
        if expected != self.now.generation:
            return Change(state=self.now, refusal=Refusal(code="MLC638", message="it changed meanwhile"))
        found = apply(self.now, event)
        if isinstance(found, Refusal):
            return Change(state=self.now, refusal=found)
        self.now = self.done[operation] = found
        self.events.append(event)
        return Change(state=found)


@dataclass
class Service:
    """A service under a rollout, with what the test lets it see."""

    store: Memory = field(default_factory=lambda: Memory(after(started(1), started(2, PLAN))))
    window: Window = GOOD
    seconds: float = 100.0
    followed: list[int] = field(default_factory=list)

    @property
    def ticker(self) -> Ticker:
        return Ticker(
            service=SERVICE,
            store=self.store,
            observe=lambda state: self.window,
            reconcile=lambda service: self.followed.append(self.store.now.generation),
            clock=lambda: later(self.seconds),
        )

    def tick(self, **changes: Any) -> Look:
        self.window = replace(self.window, **changes)
        return self.ticker.tick()


def test_a_service_without_a_rollout_is_left_alone() -> None:
    service = Service(store=Memory(after(started(1))))
    assert service.tick().event is None
    assert service.followed == []


def test_a_stage_is_over_when_everything_passes_and_the_last_makes_a_champion() -> None:
    service = Service()
    first = service.tick()
    assert isinstance(first.event, Advanced)
    assert (first.event.stage, first.event.requests) == (0, 600)
    assert [found.verdict for found in first.event.evidence] == ["pass", "pass"]
    assert first.state.rollout is not None
    assert first.state.rollout.stage == 1
    second = service.tick()
    assert second.state.champion == release(2)
    assert second.state.rollout is None
    assert service.followed == [3, 4]


@pytest.mark.parametrize(
    ("changes", "waiting"),
    [
        ({"challenger": Arm(requests=499)}, ("499 of 500 requests",)),
        ({"challenger": Arm()}, ("error_rate is inconclusive", "0 of 500 requests")),
        ({"pairs": 0, "disagreements": 0}, ("disagreement is inconclusive",)),
        ({"pairs": 600, "disagreements": 85}, ("disagreement is inconclusive",)),
        ({"challenger": Arm(requests=600, failures=5)}, ("error_rate is inconclusive",)),
    ],
    ids=["too few", "no traffic", "no pairs", "near the limit", "a few errors"],
)
def test_what_is_inconclusive_waits(changes: dict[str, Any], waiting: tuple[str, ...]) -> None:
    service = Service()
    found = service.tick(**changes)
    assert (found.event, found.waiting) == (None, waiting)
    assert service.store.events == []
    assert service.followed == []


def test_inconclusive_never_promotes_however_often_one_looks(tmp_path: Path) -> None:
    service = Service()
    observer = Observer(tmp_path / "gone")
    ticker = replace(service.ticker, observe=lambda state: observer.window(state, "binary_classification"))
    for _ in range(50):
        assert ticker.tick().event is None
    assert service.store.events == []


def test_a_stage_has_its_time() -> None:
    service = Service(seconds=59)
    assert service.tick().waiting == ("59 of 60 seconds",)
    service.seconds = 60
    assert isinstance(service.tick().event, Advanced)


@pytest.mark.parametrize(
    "changes",
    [{"challenger": Arm(requests=60, failures=30)}, {"pairs": 40, "disagreements": 30}],
    ids=["errors", "disagreement"],
)
def test_one_failure_puts_the_champion_back_at_once(changes: dict[str, Any]) -> None:
    service = Service(seconds=1)
    found = service.tick(**changes)
    assert isinstance(found.event, Failed)
    assert (found.state.champion, found.state.rollout) == (release(1), None)
    assert found.state.ended is not None
    assert found.state.ended.outcome == "failed"
    assert service.followed == [3]


def test_the_deadline_comes_before_everything() -> None:
    service = Service(seconds=3_600)
    found = service.tick()
    assert isinstance(found.event, DeadlinePassed)
    assert (found.state.champion, found.state.rollout) == (release(1), None)


def test_a_paused_rollout_goes_no_further_and_can_still_fail() -> None:
    service = Service()
    service.store.now = after(Paused(at=later(1), rollout="r2", reason="a look"), state=service.store.now)
    assert service.tick().waiting == ("paused: a look",)
    assert isinstance(service.tick(pairs=40, disagreements=30).event, Failed)


def test_an_analysis_that_breaks_finds_nothing() -> None:
    broken = replace(PLAN, analyses=(Analysis(name="own", work="json:dumps"), *PLAN.analyses))
    service = Service(store=Memory(after(started(1), started(2, broken))))
    found = service.tick()
    assert (found.event, found.waiting) == (None, ("own is inconclusive",))
    assert found.evidence[0].message.startswith("it broke: TypeError")


@pytest.mark.parametrize("generation", [None, 3], ids=["the same look", "on what another made of it"])
def test_two_that_look_at_once_make_one_step(generation: int | None) -> None:
    """The second decided before it heard of the first; or it heard only that something changed."""
    service = Service()
    stale = service.store.now
    assert service.tick().event is not None
    late = replace(service.ticker, store=_Late(service.store, stale, fresh_id=generation is not None))
    found = late.tick()
    assert found.event is None
    assert len(service.store.events) == 1
    assert service.store.now.rollout is not None
    assert service.store.now.rollout.stage == 1


@dataclass
class _Late:
    """Reads what stood before, and writes to what stands now."""

    store: Memory
    stale: State
    fresh_id: bool

    def state(self, service: str) -> State:
        return self.stale

    def change(
        self, service: str, event: Event, *, operation: str, actor: str, expected: int | None
    ) -> Change:
        made = f"{operation}/{self.fresh_id}" if self.fresh_id else operation
        return self.store.change(service, event, operation=made, actor=actor, expected=expected)


def test_what_cannot_follow_is_told_and_stands() -> None:
    def unreachable(service: str) -> None:
        raise Refused((Diagnostic(code="MLC642", message="the registry is away", span=NOWHERE),))

    service = Service()
    found = replace(service.ticker, reconcile=unreachable).tick()
    assert isinstance(found.event, Advanced)
    assert found.behind == "the registry is away"


def test_times_are_those_of_the_clock_that_is_given() -> None:
    times: list[datetime] = []
    service = Service()

    def clock() -> datetime:
        times.append(later(500))
        return times[-1]

    made: Callable[[], datetime] = clock
    found = replace(service.ticker, clock=made).tick()
    assert found.event is not None
    assert found.event.at == later(500)
    assert len(times) == 1
