"""Where a service stands: its champion, the one before it, and the rollout that is going on. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mlcycle.rollout.plan import Plan, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version of a model that can serve, and has proven so.

    model: its name in the registry, `project.model`. package, evidence: their digests.
    bento: the BentoML tag; path: the bento's folder, which is started; folder: the generated service's, which
    holds `packages/<package>/` and `openapi.json`. Both absolute.
    """

    model: str
    version: str
    package: str
    evidence: str
    bento: str
    path: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A challenger on its way.

    id: names it for ever; it salts the routing, so that each rollout draws its own sample of who asks.
    stage: index into `plan.stages`. began, entered: when the rollout, and when this stage, began.
    since: the generation at which the stage was entered; what was observed before it does not count.
    paused: why it waits for a person, None while it does not.
    """

    id: str
    challenger: Release
    plan: Plan
    stage: int
    began: datetime
    entered: datetime
    since: int
    paused: str | None = None

    @property
    def at(self) -> Stage:
        """The stage it is in."""
        return self.plan.stages[self.stage]


Outcome = Literal["champion", "failed", "deadline", "aborted", "superseded", "rolled_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the last rollout ended, for whoever asks why the champion is what it is.

    id, version: of the rollout and of the version that was on its way. reason: one sentence.
    """

    id: str
    version: str
    outcome: Outcome
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One service (`project/name`). `generation` grows by one with each change; 0 is before the first.

    previous: what `rollback` would bring back. ended: the last rollout that is over.
    """

    service: str
    generation: int = 0
    champion: Release | None = None
    previous: Release | None = None
    rollout: Rollout | None = None
    ended: Ended | None = None
