"""`mlcycle rollout rollback`."""

from __future__ import annotations

from mlcycle.cli.rollouts.steering import steering

command = steering(
    "rollback",
    "Bring the champion before this one back, at once. A rollout ends; doing it again undoes it.",
)
