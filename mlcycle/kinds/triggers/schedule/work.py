"""Which due times have passed."""

from __future__ import annotations

from datetime import datetime, timedelta

from mlcycle.cron import parse
from mlcycle.graph.node import Config
from mlcycle.kinds.triggers.facts import Facts
from mlcycle.retraining.observation import Observation

_JUST_BEFORE = timedelta(microseconds=1)


def observe(config: Config, facts: Facts) -> tuple[Observation, ...]:
    """The newest due time since the last look: clear just before it, a breach at it, so that each fires anew.

    At the first look nothing is due: what passed before the trigger was declared is over.
    """
    if facts.since is None:
        return (_seen(facts.now, "nothing due since it was declared", breach=False),)
    due = parse(config["cron"]).newest(facts.now)
    if due is None or due <= facts.since:
        return ()
    said = f"`{config['cron']}` was due at {due:%Y-%m-%d %H:%M}"
    return (_seen(due - _JUST_BEFORE, said, breach=False), _seen(due, said, breach=True))


def _seen(at: datetime, evidence: str, *, breach: bool) -> Observation:
    return Observation(
        key=f"{at:%Y-%m-%dT%H:%M}",
        at=at,
        breach=breach,
        clear=not breach,
        evidence=evidence,
        of_model=False,
    )
