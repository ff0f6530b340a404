"""Releases and plans made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mlcycle.rollout.events import Advanced, Event, Evidence, Started
from mlcycle.rollout.machine import Refusal, apply
from mlcycle.rollout.plan import Analysis, Plan, Stage
from mlcycle.rollout.state import Release, State

SERVICE = "flights/delays_api"
START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = Plan(kind="instant")
CANARY = Plan(
    kind="canary",
    stages=(
        Stage(weight=0.05, min_requests=100, min_duration_seconds=60),
        Stage(weight=0.5, min_requests=200, min_duration_seconds=60),
    ),
    analyses=(
        Analysis(name="error_rate", work="mlcycle.kinds.analyses.error_rate.work:analyse"),
        Analysis(name="latency", work="mlcycle.kinds.analyses.latency.work:analyse"),
    ),
    deadline_seconds=3600,
    sticky_by="carrier",
)


def release(number: int, **changes: Any) -> Release:
    """Version `number` of a model, with a package of its own."""
    values = {
        "model": "flights.late",
        "version": str(number),
        "package": f"{number:x}" * 64,
        "evidence": f"{number:x}" * 64,
        "bento": f"delays_api:{number}",
        "path": f"/bentos/{number}",
        "folder": f"/services/{number}",
    }
    return Release(**{**values, **changes})


class Champions:
    """Releases that answer, in memory: the port of work that asks which one does, or starts one."""

    def __init__(self) -> None:
        self.releases: dict[str, Release] = {}

    def champion(self, model: str) -> Release | None:
        return self.releases.get(model)

    def start(self, service: str, release: Release, plan: Plan, *, operation: str) -> State:
        self.releases[release.model] = release
        return State(service=service, champion=release)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def started(version: int, plan: Plan = CANARY, at: datetime = START, id: str = "") -> Started:
    return Started(at=at, id=id or f"r{version}", release=release(version), plan=plan)


def passed(plan: Plan = CANARY) -> tuple[Evidence, ...]:
    """Every analysis of the plan, passed."""
    return tuple(Evidence(name=analysis.name, verdict="pass") for analysis in plan.analyses)


def advanced(rollout: str, stage: int, at: datetime, **changes: Any) -> Advanced:
    """Enough of everything to leave a stage."""
    values = {"at": at, "rollout": rollout, "stage": stage, "requests": 1_000, "evidence": passed()}
    return Advanced(**{**values, **changes})


def after(*events: Event, state: State | None = None) -> State:
    """The state after events that all are let through."""
    stands = state or State(service=SERVICE)
    for event in events:
        found = apply(stands, event)
        assert not isinstance(found, Refusal), found
        stands = found
    return stands


def refused(state: State, event: Event) -> Refusal:
    found = apply(state, event)
    assert isinstance(found, Refusal), found
    return found
