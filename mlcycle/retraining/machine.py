"""When a model is trained again: one pure function over what was seen.

    advance(state, event, policy) -> (state, what is asked for)

A plain threshold asks again at each value beyond it: dozens of times in a year in which retraining cannot
help.
Here each observation counts once; breaches add up, and only a value well on the good side resets them; what
nobody can tell leaves the count as it is. A trigger that fired is disarmed until it was clear. A
retraining that
failed, or after which the breaches came again, doubles the cool-down and arms its triggers anew; after
three of
those in a row a person is to look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mlcycle.retraining.observation import Observation
from mlcycle.retraining.state import MOST_STRIKES, Counted, Firing, Outcome, Policy, State

_WEEK = timedelta(days=7)

#: A retraining helped when each trigger that mends was clear so many times more often than it takes it to
#: fire,
#: without a breach between. Fewer would let a value that sways around its limit pass for a cure.
_CLEARS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What the triggers saw since the last look, oldest first. busy: why nothing can be asked for now."""

    now: datetime
    seen: Mapping[str, Sequence[Observation]] = field(default_factory=dict)
    busy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A person asks for it: neither the cool-down nor the week's limit stops that."""

    now: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What was asked for as `id` is done; of something that ended before, nothing is said twice."""

    now: datetime
    id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A person has looked: it may fire again."""

    now: datetime


Event = Looked | Asked | Ended | Resumed


def advance(state: State, event: Event, policy: Policy) -> tuple[State, Firing | None]:
    """The state after an event, and what is asked for by it.

    The generation is left to who stores the state: a state that is equal needs no storing.
    """
    match event:
        case Looked():
            return _looked(state, event, policy)
        case Asked(now=now, reason=reason):
            return (state, None) if state.open else _fired(state, (), f"asked for: {reason}", now, policy)
        case Ended():
            return _ended(state, event, policy), None
        case Resumed():
            return replace(state, strikes=0, cooldown_until=None, on_trial=()), None


def hold(state: State, policy: Policy, now: datetime) -> str | None:
    """Why nothing may fire at `now`, in words; None where it may."""
    if state.open:
        return f"the retraining {state.open.id} has not ended"
    if state.left_to_a_person:
        return f"{state.strikes} retrainings in a row failed or did not help: it is left to a person"
    if state.cooldown_until is not None and now < state.cooldown_until:
        return f"the cool-down ends at {state.cooldown_until:%Y-%m-%d %H:%M}"
    recent = _recent(state, now)
    if len(recent) >= policy.max_per_week:
        return (
            f"there were {len(recent)} in seven days; the next may be at {min(recent) + _WEEK:%Y-%m-%d %H:%M}"
        )
    return None


def ready(state: State, policy: Policy) -> tuple[str, ...]:
    """The triggers that would fire now if nothing held them."""
    found = ((name, state.counted(name), watch.needed) for name, watch in policy.triggers.items())
    return tuple(name for name, counted, needed in found if counted.armed and counted.count >= needed)


def _looked(state: State, event: Looked, policy: Policy) -> tuple[State, Firing | None]:
    if event.busy is not None:
        return replace(state, since=event.now), None
    for trigger, observations in event.seen.items():
        for observation in observations:
            state = _observed(state, trigger, observation, event.now, policy)
    asking = ready(state, policy)
    if not asking or hold(state, policy, event.now) is not None:
        return state, None
    cause = "; ".join(state.counted(name).asking for name in asking)
    return _fired(state, asking, cause, event.now, policy)


def _observed(state: State, trigger: str, one: Observation, now: datetime, policy: Policy) -> State:
    before = state.counted(trigger)
    if before.seen is not None and (one.at < before.seen or (one.at, one.key) == (before.seen, before.key)):
        return state
    if one.of_model and state.since is not None and one.at < state.since:
        return _with(state, trigger, replace(before, seen=one.at, key=one.key))
    state = _with(state, trigger, _counted(before, one))
    if trigger in state.on_trial and state.counted(trigger).count >= policy.triggers[trigger].needed:
        return _strike(state, state.on_trial, now, policy)
    return _helped(state, policy)


def _counted(before: Counted, one: Observation) -> Counted:
    after = replace(before, seen=one.at, key=one.key, evidence=one.evidence)
    if one.breach:
        return replace(after, count=before.count + 1, clears=0, asking=one.evidence)
    if one.breach is False and one.clear:
        return replace(after, count=0, clears=before.clears + 1, armed=True)
    return after


def _helped(state: State, policy: Policy) -> State:
    """Forget the strikes once everything has been well for a while; a person's turn stays a person's."""
    mending = [(state.counted(name), watch.needed) for name, watch in policy.triggers.items() if watch.mends]
    if state.left_to_a_person or not mending:
        return state
    well = all(counted.clears >= needed + _CLEARS for counted, needed in mending)
    return replace(state, strikes=0, on_trial=()) if well and (state.strikes or state.on_trial) else state


def _fired(
    state: State, triggers: tuple[str, ...], cause: str, now: datetime, policy: Policy
) -> tuple[State, Firing]:
    seen = [f"{name}@{state.counted(name).seen}" for name in triggers]
    told = "\n".join([state.retraining, str(state.attempts), policy.spec_digest, cause, *seen])
    name = hashlib.sha256(told.encode()).hexdigest()[:16]
    firing = Firing(id=name, triggers=triggers, at=now, cause=cause)
    for trigger in triggers:
        state = _with(state, trigger, replace(state.counted(trigger), count=0, clears=0, armed=False))
    pause = timedelta(seconds=policy.cooldown_seconds * 2**state.strikes)
    state = replace(
        state,
        open=firing,
        attempts=state.attempts + 1,
        cooldown_until=now + pause,
        fired=(*_recent(state, now), now),
    )
    return state, firing


def _ended(state: State, event: Ended, policy: Policy) -> State:
    """A success puts the triggers that mend on trial; with nothing new to learn from, only those are let
    down."""
    if state.open is None or state.open.id != event.id:
        return state
    outcome, now, asked = event.outcome, event.now, state.open.triggers
    mending = tuple(name for name in asked if name in policy.triggers and policy.triggers[name].mends)
    state = replace(state, open=None, last=state.open, outcome=outcome)
    if outcome == "succeeded":
        anew = {name: replace(one, count=0, clears=0) for name, one in state.triggers.items()}
        on_trial = tuple(dict.fromkeys((*state.on_trial, *mending)))
        return replace(state, triggers=anew, on_trial=on_trial, since=now)
    if outcome == "failed" or mending:
        return _strike(state, asked, now, policy)
    return _armed(state, asked)


def _strike(state: State, triggers: tuple[str, ...], now: datetime, policy: Policy) -> State:
    strikes = min(state.strikes + 1, MOST_STRIKES)
    pause = timedelta(seconds=policy.cooldown_seconds * 2**strikes)
    until = max(now + pause, state.cooldown_until or now)
    return _armed(replace(state, strikes=strikes, on_trial=(), cooldown_until=until), triggers)


def _armed(state: State, triggers: tuple[str, ...]) -> State:
    for name in triggers:
        state = _with(state, name, replace(state.counted(name), armed=True))
    return state


def _recent(state: State, now: datetime) -> tuple[datetime, ...]:
    return tuple(time for time in state.fired if now - time < _WEEK)


def _with(state: State, trigger: str, counted: Counted) -> State:
    return replace(state, triggers={**state.triggers, trigger: counted})
