"""`mlcycle data`: what tables of sources there were, and how they differ."""

from __future__ import annotations

import click

from mlcycle.cli.lazy import LazyGroup


@click.group(
    "data",
    cls=LazyGroup,
    package="mlcycle.cli.datasets",
    names=("history", "diff"),
    short_help="List and compare recorded tables of sources.",
)
def command() -> None:
    """List the recorded tables of a source, and say how two of them differ."""
