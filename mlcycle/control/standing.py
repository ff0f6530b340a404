"""Where a retraining stands, in words: what each trigger counted, what holds it, what would make it fire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mlcycle.control.retrain import Retrainer
from mlcycle.cron import parse
from mlcycle.graph.retraining import Retraining, Trigger
from mlcycle.retraining.machine import hold, ready
from mlcycle.retraining.state import State
from mlcycle.store.retrains import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTrigger:
    """One trigger. asks: when it does. next: what would make it fire. evidence: what it saw last."""

    kind: str
    asks: str
    armed: bool
    count: int
    needed: int
    next: str
    evidence: str
    seen: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One retraining. held: why nothing fires now, None if anything may. last: the newest that was asked
    for."""

    retraining: str
    model: str
    held: str | None
    strikes: int
    left_to_a_person: bool
    cooldown_until: datetime | None
    triggers: tuple[OfTrigger, ...]
    last: Request | None


def standing(retrainer: Retrainer, retraining: Retraining) -> Standing:
    """Where it stands now. It looks at nothing new: that is a tick's."""
    state, policy, now = retrainer.state(retraining), retrainer.policy(retraining), retrainer.now()
    asking = ready(state, policy)
    newest = state.open or state.last
    held = hold(state, policy, now) or retrainer.busy(retraining.model)
    if retrainer.training(retraining) is None:
        held = f"`{retraining.model}` was never trained: there is nothing to train again"
    return Standing(
        retraining=retraining.name,
        model=retraining.model,
        held=held,
        strikes=state.strikes,
        left_to_a_person=state.left_to_a_person,
        cooldown_until=state.cooldown_until,
        triggers=tuple(_trigger(one, state, now, one.name in asking) for one in retraining.triggers),
        last=retrainer.retrains.request(newest.id) if newest is not None else None,
    )


def _trigger(trigger: Trigger, state: State, now: datetime, asking: bool) -> OfTrigger:
    counted = state.counted(trigger.name)
    return OfTrigger(
        kind=trigger.kind,
        asks=trigger.sentence,
        armed=counted.armed,
        count=counted.count,
        needed=trigger.needed,
        next="fires as soon as nothing holds it" if asking else _next(trigger, state, now),
        evidence=counted.evidence,
        seen=counted.seen,
    )


def _next(trigger: Trigger, state: State, now: datetime) -> str:
    counted = state.counted(trigger.name)
    if trigger.kind == "schedule":
        due = parse(trigger.config["cron"]).next(now)
        return f"is due at {due:%Y-%m-%d %H:%M} UTC" if due is not None else "is never due"
    if not counted.armed:
        return "has fired: counts again once it was clear, or once that did not help"
    left = trigger.needed - counted.count
    return f"fires after {left} more {'breach' if left == 1 else 'breaches'}"
