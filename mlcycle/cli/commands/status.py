"""`mlcycle status`: what stands now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlcycle.cli.console import say
from mlcycle.cli.options import environment_option, specs_argument

if TYPE_CHECKING:
    from mlcycle.cli.project import Opened
    from mlcycle.graph.node import Graph


@click.command("status", short_help="Say what stands now: data, gates, versions, services.")
@specs_argument
@environment_option
def command(specs: tuple[Path, ...], environment: str) -> None:
    """Say what the last runs of SPECS (default: all) left: data, gates, versions, services."""
    from mlcycle.cli.project import open_project

    opened = open_project(specs)
    for number, file in enumerate(opened.files(specs)):
        if number:
            say()
        say(standing(opened, opened.graph(file), environment))


def standing(opened: Opened, graph: Graph, environment: str) -> str:
    """The summary of one project in an environment."""
    from mlcycle.cli.summary import summary
    from mlcycle.composition import latest, rollouts, settings

    place = opened.environment(environment)
    results = latest(graph, place, root=opened.root)
    states = rollouts(place, opened.root).all()
    artifacts = settings(place, opened.root).artifacts
    folder = artifacts.relative_to(opened.root) if artifacts.is_relative_to(opened.root) else artifacts
    found = {result.node: result for result in results}
    return summary(graph, environment, found, states, folder.as_posix())
