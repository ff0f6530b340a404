"""`mlcycle plan`: what a run would build, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlcycle.cli.console import say
from mlcycle.cli.options import environment_option, specs_argument

if TYPE_CHECKING:
    from mlcycle.cli.project import Opened
    from mlcycle.graph.node import Graph
    from mlcycle.language.workspace import Environment


@click.command("plan", short_help="Say what a run would build, and why.")
@specs_argument
@click.option("--offline", is_flag=True, help="Look at nothing but the specs: decisions are unknown.")
@environment_option
def command(specs: tuple[Path, ...], offline: bool, environment: str) -> None:
    """Say for each node of SPECS (default: all) whether a run would build it, and why.

    Looks at the record of earlier runs and at the declared data; changes nothing and runs none of your code.
    """
    from mlcycle.cli.plan_text import offline_text, plan_text
    from mlcycle.cli.project import open_project

    opened = open_project(specs)
    for number, file in enumerate(opened.files(specs)):
        graph = opened.graph(file)
        if number:
            say()
        if offline:
            say(offline_text(graph))
            continue
        from mlcycle.composition import plan
        from mlcycle.engine.selection import Options

        place = opened.environment(environment)
        say(plan_text(plan(graph, place, root=opened.root, options=Options())))
        for line in _asked(opened, graph, place):
            say(line)


def _asked(opened: Opened, graph: Graph, place: Environment) -> Iterator[str]:
    """A line for each retraining that was asked for and has not ended."""
    if not graph.retrainings:
        return
    from mlcycle.renewal import retrainer

    with retrainer(graph, place, root=opened.root, actor="mlcycle plan") as found:
        for request in found.pending():
            yield f"asked for: {request.sentence}; `mlcycle retrain tick {graph.spec_file}` runs it"
