"""`mlcycle rollout`: see and steer how a new version takes over."""

from __future__ import annotations

import click

from mlcycle.cli.lazy import LazyGroup

_COMMANDS = ("status", "start", "pause", "resume", "promote", "abort", "rollback")


@click.group(
    "rollout",
    cls=LazyGroup,
    package="mlcycle.cli.rollouts",
    names=_COMMANDS,
    short_help="See and steer how a new version takes over.",
)
def command() -> None:
    """See and steer how a new version of a service takes over.

    SERVICE is its name, or `project/service` where two projects have one of that name. Every change is kept
    in the audit trail under your name before requests follow it.
    """
