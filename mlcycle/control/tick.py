"""One look at one service: deadline, what was seen, verdicts, at most one event, and what follows from it.

Any process may look at any time, several at once: an event carries an operation id that the same look makes
again, and the generation that it was decided on.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.kinds.analyses.window import Window
from mlcycle.rollout.events import Advanced, DeadlinePassed, Event, Evidence, Failed
from mlcycle.rollout.machine import deadline
from mlcycle.rollout.plan import Analysis
from mlcycle.rollout.state import Rollout, State
from mlcycle.store.rollouts import Change
from mlcycle.task import CheckResult


class Store(Protocol):
    """What a look needs of `mlcycle.store.rollouts.Rollouts`."""

    def state(self, service: str) -> State: ...

    def change(
        self, service: str, event: Event, *, operation: str, actor: str, expected: int | None
    ) -> Change: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look found and did. event: None where nothing was to be done, or somebody else had done it.

    state: after it. rollout: the one that was looked at. waiting: what the stage still lacks, as phrases.
    behind: why not everything follows from the state yet; the next one to reconcile makes it good.
    """

    state: State
    at: datetime
    rollout: Rollout | None = None
    event: Event | None = None
    requests: int = 0
    evidence: tuple[Evidence, ...] = ()
    waiting: tuple[str, ...] = ()
    behind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """Looks at one service.

    observe: what the stage of a state has seen. reconcile: makes everything follow from the state.
    clock: the environment's, by which stages have their time.
    """

    service: str
    store: Store
    observe: Callable[[State], Window]
    reconcile: Callable[[str], object]
    clock: Callable[[], datetime]
    actor: str = "controller"

    def tick(self) -> Look:
        """Do what is to be done now: nothing, or one step."""
        state, at = self.store.state(self.service), self.clock()
        rollout = state.rollout
        if rollout is None:
            return Look(state=state, at=at)
        until = deadline(rollout)
        if until is not None and at >= until:
            return self._done(state, DeadlinePassed(at=at, rollout=rollout.id), requests=0)
        window = self.observe(state)
        evidence = tuple(_asked(analysis, window) for analysis in rollout.plan.analyses)
        requests = window.challenger.requests
        if any(found.verdict == "fail" for found in evidence):
            event: Event = Failed(at=at, rollout=rollout.id, evidence=evidence)
            return self._done(state, event, requests=requests, evidence=evidence)
        lacking = _lacking(rollout, at, requests, evidence)
        if lacking:
            return Look(
                state=state,
                at=at,
                rollout=rollout,
                requests=requests,
                evidence=evidence,
                waiting=lacking,
            )
        event = Advanced(at=at, rollout=rollout.id, stage=rollout.stage, requests=requests, evidence=evidence)
        return self._done(state, event, requests=requests, evidence=evidence)

    def _done(
        self, state: State, event: Event, *, requests: int, evidence: tuple[Evidence, ...] = ()
    ) -> Look:
        rollout = state.rollout
        if rollout is None:
            raise AssertionError(f"{self.service} has no rollout for {event}")
        change = self.store.change(
            self.service,
            event,
            operation=f"{rollout.id}/{state.generation}/{type(event).__name__.lower()}",
            actor=self.actor,
            expected=state.generation,
        )
        moved = change.refusal is None and not change.repeated
        return Look(
            state=change.state,
            at=event.at,
            rollout=rollout,
            event=event if moved else None,
            requests=requests,
            evidence=evidence,
            waiting=(change.refusal.message,) if change.refusal is not None else (),
            behind=self.follow(),
        )

    def follow(self) -> str | None:
        """Make everything follow from the state; returns why that could not be done."""
        try:
            self.reconcile(self.service)
        except Refused as refused:
            return refused.diagnostics[0].message
        return None


def _asked(analysis: Analysis, window: Window) -> Evidence:
    """What an analysis finds; one that breaks finds nothing, which is never a pass."""
    try:
        found: CheckResult = pkgutil.resolve_name(analysis.work)(analysis.config, window)
    except Exception as error:
        message = f"it broke: {type(error).__name__}: {error}"
        return Evidence(name=analysis.name, verdict="inconclusive", message=message)
    return Evidence(
        name=analysis.name,
        verdict=found.verdict,
        message=found.message,
        figure=found.figure,
        low=found.low,
        high=found.high,
        limit=found.limit,
        rows=found.rows,
    )


def _lacking(
    rollout: Rollout, at: datetime, requests: int, evidence: tuple[Evidence, ...]
) -> tuple[str, ...]:
    stage = rollout.at
    waited = (at - rollout.entered).total_seconds()
    lacking = [f"{found.name} is {found.verdict}" for found in evidence if found.verdict != "pass"]
    if requests < stage.min_requests:
        lacking.append(f"{requests:,} of {stage.min_requests:,} requests")
    if waited < stage.min_duration_seconds:
        lacking.append(f"{waited:.0f} of {stage.min_duration_seconds} seconds")
    if rollout.paused is not None:
        lacking.append(f"paused: {rollout.paused}")
    return tuple(lacking)
