"""Start and steer rollouts: every change goes through the store first, then to what follows from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from mlcycle.control.reconcile import Reconciler
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.rollout.codec import decode_event
from mlcycle.rollout.events import Aborted, Event, Paused, Promoted, Resumed, RolledBack, Started
from mlcycle.rollout.machine import Refusal
from mlcycle.rollout.plan import Plan
from mlcycle.rollout.state import Release, State
from mlcycle.store.rollouts import Change, Rollouts, subject

#: What a person may do to a rollout.
Action = Literal["pause", "resume", "promote", "abort", "rollback"]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Implements `mlcycle.ports.Rollouts`, and does what people ask for.

    actor: who is named in the audit trail.
    """

    store: Rollouts
    reconciler: Reconciler
    actor: str

    def champion(self, model: str) -> Release | None:
        """The release that answers for `model` (project.model); None before the first."""
        return self.store.champion(model)

    def named(self, name: str) -> str:
        """The service (project/name) called `name` or `project/name` that something was rolled out to.

        Raises Refused (MLC643). Looks at the state alone: it is there whatever became of the spec.
        """
        known = sorted(state.service for state in self.store.all())
        matching = [full for full in known if name in (full, full.split("/")[-1])]
        if len(matching) == 1:
            return matching[0]
        if matching:
            message, told = f"several projects have a service `{name}`", f"write one of {', '.join(matching)}"
        else:
            message = f"nothing was rolled out to a service `{name}` in {self.store.environment}"
            told = did_you_mean(name, [full.split("/")[-1] for full in known]) or (
                f"there is {', '.join(known)}" if known else "mlcycle run SPEC rolls out the first version"
            )
        raise refused(Refusal(code="MLC643", message=message, help=told))

    def start(self, service: str, release: Release, plan: Plan, *, operation: str) -> State:
        """Let `release` take over by `plan`; returns what stands then. Raises what `change` raises."""
        id = _id(service, operation)
        event = Started(at=self.store.clock(), id=id, release=release, plan=plan)
        return self.change(service, event, operation=operation, expected=None).state

    def restart(self, service: str, plan: Plan, *, operation: str) -> Change:
        """Start the release once more that a run started last, by `plan`. Raises what `change` raises."""
        entries = self.store.audit.entries(subject=subject(service))
        events = [decode_event(entry.event) for entry in entries]
        last = next(event for event in reversed(events) if isinstance(event, Started))
        event = replace(last, at=self.store.clock(), id=_id(service, operation), plan=plan)
        return self.change(service, event, operation=operation, expected=None)

    def act(self, service: str, action: Action, *, reason: str, operation: str) -> Change:
        """What a person asked for, on the state that is read now. Raises what `change` raises."""
        state = self.store.state(service)
        event = _event(action, state, self.store.clock(), reason)
        return self.change(service, event, operation=operation, expected=state.generation)

    def change(self, service: str, event: Event, *, operation: str, expected: int | None) -> Change:
        """Apply an event, then make everything follow it. Raises Refused with why it may not happen, and as
        `Reconciler.reconcile` does; in the latter case the change stands."""
        change = self.store.change(service, event, operation=operation, actor=self.actor, expected=expected)
        if change.refusal is not None:
            raise refused(change.refusal, service, self.store.environment)
        self.reconciler.reconcile(service)
        return change


def _id(service: str, operation: str) -> str:
    """The rollout's id: the same for an operation that is done again."""
    return hashlib.sha256(f"{service} {operation}".encode()).hexdigest()[:12]


def refused(refusal: Refusal, service: str = "", environment: str = "local") -> Refused:
    """A refusal as a finding. The command that it tells to type names the environment, if that is needed."""
    told = refusal.help
    if told is not None and service and environment != "local":
        told = told.replace(service, f"{service} --env {environment}", 1)
    found = Diagnostic(code=refusal.code, message=refusal.message, span=NOWHERE, help=told)
    return Refused((found,))


def _event(action: Action, state: State, at: datetime, reason: str) -> Event:
    rollout = state.rollout.id if state.rollout is not None else ""
    match action:
        case "pause":
            return Paused(at=at, rollout=rollout, reason=reason or "a person asked for it")
        case "resume":
            return Resumed(at=at, rollout=rollout, reason=reason)
        case "promote":
            return Promoted(at=at, rollout=rollout, reason=reason)
        case "abort":
            return Aborted(at=at, rollout=rollout, reason=reason)
        case "rollback":
            return RolledBack(at=at, reason=reason)
