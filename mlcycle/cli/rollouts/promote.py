"""`mlcycle rollout promote`."""

from __future__ import annotations

from mlcycle.cli.rollouts.steering import steering

command = steering(
    "promote",
    "Make the challenger champion now, without waiting for analyses.",
)
