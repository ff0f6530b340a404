"""Where a retraining stands: what its triggers counted, what was asked for, what came of it. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

#: So many retrainings in a row that failed or did not help, and a person is to look.
MOST_STRIKES = 3

#: What became of a retraining that was asked for. `nothing_new`: nothing had changed that it could learn
#: from.
Outcome = Literal["succeeded", "failed", "nothing_new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What the state machine has to know of a trigger.

    needed: so many breaches make it fire. mends: whether it asks because the model got worse; one that asks
    as a matter of routine (a date, new rows) cannot tell whether retraining helped.
    """

    needed: int = 1
    mends: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What was declared. triggers: in the order of the spec. spec_digest: of the file that declares it."""

    triggers: Mapping[str, Watch]
    cooldown_seconds: int = 86_400
    max_per_week: int = 3
    spec_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One trigger: breaches since it was last clear, clear observations since the last breach.

    armed: whether it may fire. seen, key: `at` and `key` of what it saw last. evidence: what that was.
    asking: the last
    breach.
    """

    count: int = 0
    clears: int = 0
    armed: bool = True
    seen: datetime | None = None
    key: str = ""
    evidence: str = ""
    asking: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A retraining that is asked for. id: names it for ever. triggers: those that asked; none: a person
    did."""

    id: str
    triggers: tuple[str, ...]
    at: datetime
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One retraining (`project/name`). `generation` grows by one with each change; 0 is before the first.

    attempts: firings so far. strikes: those in a row that failed or did not help.
    cooldown_until: nothing fires before. fired: the times of the last seven days' firings.
    open: asked for and not ended. on_trial: the triggers whose retraining ended well and has yet to help.
    since: what began earlier is about the model before. last, outcome: the newest that ended, and how.
    """

    retraining: str
    generation: int = 0
    triggers: Mapping[str, Counted] = field(default_factory=dict)
    attempts: int = 0
    strikes: int = 0
    cooldown_until: datetime | None = None
    fired: tuple[datetime, ...] = ()
    open: Firing | None = None
    on_trial: tuple[str, ...] = ()
    since: datetime | None = None
    last: Firing | None = None
    outcome: Outcome | None = None

    @property
    def left_to_a_person(self) -> bool:
        """It does not fire by itself any more, until a person resumes it."""
        return self.strikes >= MOST_STRIKES

    def counted(self, trigger: str) -> Counted:
        """What a trigger counted; of one that has seen nothing yet, nothing."""
        return self.triggers.get(trigger) or Counted()
