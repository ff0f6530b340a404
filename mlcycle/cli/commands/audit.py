"""`mlcycle audit`: who changed what, and whether the record of it holds."""

from __future__ import annotations

import click

from mlcycle.cli.lazy import LazyGroup


@click.group(
    "audit",
    cls=LazyGroup,
    package="mlcycle.cli.audits",
    names=("show", "verify"),
    short_help="Show and verify the record of every change.",
)
def command() -> None:
    """Show and verify the record of rollouts and retrainings: who did what, when, and why."""
