"""What can happen to a service's rollout. Plain data; `machine.apply` says what each leads to.

Whoever decides names the rollout that the decision is about: one that comes late is about something that is
over, and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mlcycle.rollout.plan import Plan
from mlcycle.rollout.state import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one analysis found. `name` is that of the plan's analysis; only `pass` is a pass.

    figure, low, high: numbers where it has them, never NaN. rows: what it rests on.
    """

    name: str
    verdict: Literal["pass", "fail", "inconclusive", "not_applicable"]
    message: str = ""
    figure: float | None = None
    low: float | None = None
    high: float | None = None
    limit: str | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A run asks that `release` take over by `plan`. id: of the rollout, should there be one."""

    at: datetime
    id: str
    release: Release
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """Every analysis of a stage passed. requests: those that the challenger was given in it."""

    at: datetime
    rollout: str
    stage: int
    requests: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An analysis found the challenger to be worse."""

    at: datetime
    rollout: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed:
    """The rollout was given all the time that its plan allows."""

    at: datetime
    rollout: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """The rollout is to wait for a person. reason: one sentence."""

    at: datetime
    rollout: str
    reason: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A person lets the rollout go on; its stage begins anew."""

    at: datetime
    rollout: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """A person makes the challenger champion, without waiting for analyses."""

    at: datetime
    rollout: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aborted:
    """A person takes the challenger back."""

    at: datetime
    rollout: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBack:
    """A person brings the previous champion back, at once."""

    at: datetime
    reason: str = ""


Event = Started | Advanced | Failed | DeadlinePassed | Paused | Resumed | Promoted | Aborted | RolledBack

#: Each event under the name that the audit trail keeps.
EVENTS: dict[str, type[Event]] = {
    "started": Started,
    "advanced": Advanced,
    "failed": Failed,
    "deadline_passed": DeadlinePassed,
    "paused": Paused,
    "resumed": Resumed,
    "promoted": Promoted,
    "aborted": Aborted,
    "rolled_back": RolledBack,
}
