"""`mlcycle plan`: what a run would build, and why."""

from __future__ import annotations

from pathlib import Path

import click

from mlcycle.cli.console import say
from mlcycle.cli.options import environment_option, specs_argument


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

        say(plan_text(plan(graph, opened.environment(environment), root=opened.root, options=Options())))
