"""`mlcycle rollout pause`."""

from __future__ import annotations

from mlcycle.cli.rollouts.steering import steering

command = steering(
    "pause",
    "Let the rollout wait for a person. It keeps its requests, and still fails or ends at its deadline.",
)
