"""`mlcycle rollout abort`."""

from __future__ import annotations

from mlcycle.cli.rollouts.steering import steering

command = steering(
    "abort",
    "Take the challenger back. The champion answers everything again.",
)
