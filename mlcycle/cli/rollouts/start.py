"""`mlcycle rollout start`: begin the newest release's rollout again."""

from __future__ import annotations

import click

from mlcycle.cli.options import environment_option
from mlcycle.cli.rollouts.steering import actor_option, operation, told


@click.command("start", short_help="Begin the newest release's rollout again.")
@click.argument("service")
@actor_option
@environment_option
def command(service: str, actor: str, environment: str) -> None:
    """Begin the newest release's rollout again, after an abort for instance, by the plan of today's spec.

    The newest release is the one that `mlcycle run` proved and started last.
    """
    from mlcycle.cli.deployed import declared
    from mlcycle.cli.project import open_project
    from mlcycle.composition import controller
    from mlcycle.rollout.codec import decode_plan

    project = open_project()
    graph, name, _ = declared(project, service)
    full = f"{graph.project}/{name}"
    made = controller(project.environment(environment), project.root, actor=actor)
    plan = decode_plan(graph[f"{graph.project}/services/{name}/rollout"].config["rollout"])
    told(full, environment, lambda: made.restart(made.named(full), plan, operation=operation()))
