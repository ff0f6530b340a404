"""`mlcycle rollout resume`."""

from __future__ import annotations

from mlcycle.cli.rollouts.steering import steering

command = steering(
    "resume",
    "Let a paused rollout go on. Its stage begins anew.",
)
