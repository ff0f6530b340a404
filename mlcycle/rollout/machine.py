"""What may happen to a service, and what it leads to: one pure function, the table of docs/rollouts.md."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

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
from mlcycle.rollout.state import Ended, Outcome, Release, Rollout, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an event changes nothing: what stands, and what to do instead."""

    code: str
    message: str
    help: str | None = None


def apply(state: State, event: Event) -> State | Refusal:
    """The state after `event`; the same state where it changes nothing, a refusal where it may not happen.

    Every change adds one to the generation. Looks at nothing but its arguments.
    """
    match event:
        case Started():
            return _started(state, event)
        case RolledBack():
            return _rolled_back(state, event)
    rollout = state.rollout
    if rollout is None or rollout.id != event.rollout:
        return _not_this_one(state, event.rollout)
    match event:
        case Advanced():
            return _too_early(state, rollout, event) or _advanced(state, rollout, event)
        case Failed():
            return _failed(state, rollout, event)
        case DeadlinePassed():
            return _deadline(state, rollout, event)
        case Paused():
            changed = replace(rollout, paused=event.reason)
            return state if rollout.paused is not None else _next(state, rollout=changed)
        case Resumed():
            return _resumed(state, rollout, event)
        case Promoted():
            return _champion(
                state, rollout.challenger, rollout.id, event.at, _by_hand("promoted", event.reason)
            )
        case Aborted():
            return _dropped(state, rollout, "aborted", event.at, _by_hand("aborted", event.reason))


def deadline(rollout: Rollout) -> datetime | None:
    """When the rollout has to be over; None where its plan sets no time."""
    seconds = rollout.plan.deadline_seconds
    return None if seconds is None else rollout.began + timedelta(seconds=seconds)


def _next(state: State, **changes: Any) -> State:
    return replace(state, generation=state.generation + 1, **changes)


def _started(state: State, event: Started) -> State | Refusal:
    """A release that is in place already is renewed where it stands: its service may have been built anew."""
    release, champion, rollout = event.release, state.champion, state.rollout
    if champion is not None and _same(champion, release):
        return state if champion == release else _next(state, champion=release)
    if rollout is not None and _same(rollout.challenger, release) and rollout.plan == event.plan:
        renewed = replace(rollout, challenger=release)
        return state if renewed == rollout else _next(state, rollout=renewed)
    if champion is None or not event.plan.stages:
        return _champion(state, release, event.id, event.at, _at_once(state))
    begun = Rollout(
        id=event.id,
        challenger=release,
        plan=event.plan,
        stage=0,
        began=event.at,
        entered=event.at,
        since=state.generation + 1,
    )
    ended = state.ended if rollout is None else _superseded(rollout, event)
    return _next(state, rollout=begun, ended=ended)


def _at_once(state: State) -> str:
    if state.champion is None:
        return "the first version"
    replaced = f", in place of the rollout of {state.rollout.challenger.version}" if state.rollout else ""
    return f"at once{replaced}: its plan has no stages"


def _same(one: Release, other: Release) -> bool:
    """Whether two releases are one model: comparing it with itself would tell nothing."""
    return (one.model, one.package) == (other.model, other.package)


def _superseded(rollout: Rollout, event: Started) -> Ended:
    reason = f"version {event.release.version} was started"
    return _ended(rollout, "superseded", event.at, reason)


def _ended(rollout: Rollout, outcome: Outcome, at: datetime, reason: str) -> Ended:
    version = rollout.challenger.version
    return Ended(id=rollout.id, version=version, outcome=outcome, at=at, reason=reason)


def _champion(state: State, release: Release, rollout: str, at: datetime, reason: str) -> State:
    ended = Ended(id=rollout, version=release.version, outcome="champion", at=at, reason=reason)
    return _next(state, champion=release, previous=state.champion, rollout=None, ended=ended)


def _dropped(state: State, rollout: Rollout, outcome: Outcome, at: datetime, reason: str) -> State:
    return _next(state, rollout=None, ended=_ended(rollout, outcome, at, reason))


def _too_early(state: State, rollout: Rollout, event: Advanced) -> Refusal | None:
    """Why the stage cannot be left, if it cannot: only evidence of it, enough of it, and all of it passed."""
    stage = rollout.at
    if event.stage != rollout.stage:
        message = f"rollout {rollout.id} is in stage {rollout.stage + 1}, not in stage {event.stage + 1}"
        return Refusal(code="MLC632", message=message)
    if rollout.paused is not None:
        message = f"rollout {rollout.id} is paused: {rollout.paused}"
        return Refusal(code="MLC633", message=message, help=f"mlcycle rollout resume {state.service}")
    missing = _missing(rollout, event.evidence)
    until = deadline(rollout)
    if until is not None and event.at >= until:
        missing.append("its deadline has passed")
    if event.requests < stage.min_requests:
        missing.append(f"{event.requests} of {stage.min_requests} requests")
    waited = (event.at - rollout.entered).total_seconds()
    if waited < stage.min_duration_seconds:
        missing.append(f"{waited:.0f} of {stage.min_duration_seconds} seconds")
    if not missing:
        return None
    message = f"stage {rollout.stage + 1} cannot be left: {'; '.join(missing)}"
    return Refusal(
        code="MLC634", message=message, help=f"mlcycle rollout promote {state.service} waits for none"
    )


def _missing(rollout: Rollout, evidence: tuple[Evidence, ...]) -> list[str]:
    """The analyses that did not pass, those that nobody made included."""
    verdicts = {found.name: found.verdict for found in evidence}
    asked = dict.fromkeys([*(analysis.name for analysis in rollout.plan.analyses), *verdicts])
    lacking = {name: verdicts.get(name, "missing") for name in asked}
    failed = [found.name for found in evidence if found.verdict != "pass"]
    return [f"{name} is {word}" for name, word in lacking.items() if word != "pass" or name in failed]


def _advanced(state: State, rollout: Rollout, event: Advanced) -> State:
    if rollout.stage + 1 == len(rollout.plan.stages):
        return _champion(state, rollout.challenger, rollout.id, event.at, "every stage passed")
    return _next(state, rollout=_entered(state, rollout, rollout.stage + 1, event.at))


def _entered(state: State, rollout: Rollout, stage: int, at: datetime) -> Rollout:
    return replace(rollout, stage=stage, entered=at, since=state.generation + 1, paused=None)


def _failed(state: State, rollout: Rollout, event: Failed) -> State | Refusal:
    failed = [found for found in event.evidence if found.verdict == "fail"]
    if not failed:
        message = f"rollout {rollout.id} cannot fail: no analysis did"
        return Refusal(code="MLC635", message=message, help=f"mlcycle rollout abort {state.service}")
    said = "; ".join(f"{found.name}: {found.message}" if found.message else found.name for found in failed)
    return _dropped(state, rollout, "failed", event.at, said)


def _deadline(state: State, rollout: Rollout, event: DeadlinePassed) -> State | Refusal:
    until = deadline(rollout)
    if until is None or event.at < until:
        time = "it has none" if until is None else f"it has until {until:%Y-%m-%d %H:%M:%S} UTC"
        return Refusal(code="MLC636", message=f"the deadline of rollout {rollout.id} has not passed: {time}")
    reason = f"not over at its deadline, {until:%Y-%m-%d %H:%M:%S} UTC"
    return _dropped(state, rollout, "deadline", event.at, reason)


def _resumed(state: State, rollout: Rollout, event: Resumed) -> State:
    """The stage begins anew: what was seen while nobody trusted it does not count."""
    if rollout.paused is None:
        return state
    return _next(state, rollout=_entered(state, rollout, rollout.stage, event.at))


def _rolled_back(state: State, event: RolledBack) -> State | Refusal:
    if state.previous is None:
        message = f"{state.service} has no champion before the present one"
        return Refusal(code="MLC637", message=message, help=_stop(state))
    rollout, ended = state.rollout, state.ended
    if rollout is not None:
        ended = _ended(rollout, "rolled_back", event.at, _by_hand("rolled back", event.reason))
    return _next(state, champion=state.previous, previous=state.champion, rollout=None, ended=ended)


def _stop(state: State) -> str:
    if state.rollout is None:
        return "to take it out of service, stop the service"
    return f"mlcycle rollout abort {state.service} takes the challenger back"


def _not_this_one(state: State, asked: str) -> Refusal:
    if state.rollout is not None:
        message = f"rollout {asked} is over; {state.rollout.id} is going on"
        return Refusal(code="MLC631", message=message, help=f"mlcycle rollout status {state.service}")
    last = state.ended
    told = (
        f"; the last one, of version {last.version}, ended as {last.outcome}: {last.reason}" if last else ""
    )
    return Refusal(
        code="MLC630",
        message=f"no rollout of {state.service} is going on{told}",
        help=f"mlcycle rollout status {state.service}",
    )


def _by_hand(word: str, reason: str) -> str:
    return f"{word} by hand: {reason}" if reason else f"{word} by hand"
