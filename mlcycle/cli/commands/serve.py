"""`mlcycle serve`: a service in the foreground."""

from __future__ import annotations

import click

from mlcycle.cli.console import note, say
from mlcycle.cli.exits import Exit
from mlcycle.cli.options import environment_option


@click.command("serve", short_help="Start a built service in the foreground.")
@click.argument("service")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3001, show_default=True, help="Port to listen on; 0 takes a free one.")
@environment_option
@click.pass_context
def command(ctx: click.Context, service: str, host: str, port: int, environment: str) -> None:
    """Start SERVICE as the last rollout left it, until Ctrl-C, and steer its rollouts.

    Where two projects have a service of that name, write `project/service`.
    """
    from mlcycle.cli.deployed import controlled, find
    from mlcycle.cli.project import open_project

    opened = open_project()
    deployed = find(opened, service, environment)
    note(f"starting {deployed.name}: version {deployed.version} of {deployed.model}")
    with (
        deployed.running(host=host, port=port) as running,
        deployed.announced(running.url),
        controlled(deployed, opened.root, environment, say),
    ):
        say(f"ready at {running.url}: POST /predict, GET /openapi.json, /version, /metrics")
        note(f"its log is {deployed.log}; Ctrl-C stops it")
        ctx.exit(Exit.OK if running.wait() == 0 else Exit.MISSING)
