"""A year of daily chunks, seeded: what a metric shows, what retraining does to it, how often it is asked
for."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mlcycle.retraining.machine import Ended, Looked, advance
from mlcycle.retraining.observation import Observation
from mlcycle.retraining.state import Outcome, Policy, State, Watch

START = datetime(2013, 1, 1, tzinfo=UTC)
LIMIT, CLEAR = 0.62, 0.62 * 1.02
#: Of the metric of one day: that of an AUC over some 900 rows, a fifth of them positive.
NOISE = 0.02
POLICY = Policy(
    triggers={"performance": Watch(needed=2, mends=True)}, cooldown_seconds=86_400, max_per_week=3
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """Days on which a retraining was asked for, and whether it was left to a person in the end."""

    retrained: tuple[int, ...]
    left: bool
    threshold: int
    """How often a plain threshold, asked each day, would have retrained in the same year."""


def live(
    true: Callable[[int, int | None], float],
    *,
    seed: int,
    outcome: Outcome = "succeeded",
    noise: float = NOISE,
) -> Year:
    """`true(day, retrained)`: the metric without noise on a day, and the day of the last retraining."""
    dice = random.Random(seed)
    state, days, plain = State(retraining="p/r"), list[int](), list[int]()
    for day in range(365):
        now = START + timedelta(days=day + 1)
        error, known = dice.gauss(0, noise), dice.random() > 0.03
        value = true(day, days[-1] if days else None) + error
        seen = observed(day, value if known else None)
        state, firing = advance(state, Looked(now=now, seen={"performance": (seen,)}), POLICY)
        if firing is not None:
            days.append(day)
            state = advance(
                state, Ended(now=now + timedelta(hours=1), id=firing.id, outcome=outcome), POLICY
            )[0]
        if known and true(day, plain[-1] if plain else None) + error < LIMIT:
            plain.append(day)
    return Year(retrained=tuple(days), left=state.left_to_a_person, threshold=len(plain))


def observed(day: int, value: float | None) -> Observation:
    at = START + timedelta(days=day)
    breach = None if value is None else value < LIMIT
    return Observation(
        key=f"{at:%Y-%m-%d}",
        at=at,
        breach=breach,
        clear=value is not None and value >= CLEAR,
        evidence=f"{value}",
    )
