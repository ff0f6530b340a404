"""A service's state as the traffic document that its workers follow."""

from __future__ import annotations

from mlcycle.rollout.state import Release, State
from mlcycle.serving.traffic import Arm, Origin, Traffic


def document(
    state: State, *, effective_at: float, now: str | None = None, origin: Origin = "live"
) -> Traffic | None:
    """The champion first, then the challenger with the share of its stage; None before the first version."""
    if state.champion is None:
        return None
    rollout = state.rollout
    weight = rollout.at.weight if rollout is not None else 0.0
    arms = [_arm(state.champion, 1.0 - weight)]
    if rollout is not None:
        arms.append(_arm(rollout.challenger, weight))
    return Traffic(
        generation=state.generation,
        effective_at=effective_at,
        arms=tuple(arms),
        salt=rollout.id if rollout is not None else "",
        sticky_by=rollout.plan.sticky_by if rollout is not None else None,
        now=now,
        origin=origin,
    )


def _arm(release: Release, weight: float) -> Arm:
    return Arm(version=release.version, package=release.package, folder=release.folder, weight=weight)
