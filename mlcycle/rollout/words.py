"""A service's state in one line."""

from __future__ import annotations

from mlcycle.rollout.state import State


def in_short(state: State) -> str:
    """`version 3 is champion; version 4 gets 5% (stage 1 of 3)`."""
    if state.champion is None:
        return "nothing was rolled out"
    said = f"version {state.champion.version} is champion"
    rollout = state.rollout
    if rollout is None:
        return said
    stage = f"stage {rollout.stage + 1} of {len(rollout.plan.stages)}"
    held = "paused, " if rollout.paused is not None else ""
    return f"{said}; version {rollout.challenger.version} gets {share(rollout.at.weight)} ({held}{stage})"


def share(weight: float) -> str:
    """`5%`, `0.5%`."""
    return f"{100 * weight:.4g}%"
