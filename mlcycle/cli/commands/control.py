"""`mlcycle control`: what `mlcycle serve` starts beside a service to steer its rollouts."""

from __future__ import annotations

import click

from mlcycle.cli.console import say
from mlcycle.cli.options import environment_option


@click.command("control", hidden=True, short_help="Steer the rollouts of a service.")
@click.argument("service")
@click.option("--every", default=2.0, show_default=True, help="Seconds between two looks.")
@environment_option
def command(service: str, every: float, environment: str) -> None:
    """Look at SERVICE (project/service) again and again, and say what happens to it, a line each time."""
    import os
    import threading

    from mlcycle.cli.project import open_project
    from mlcycle.composition import controller
    from mlcycle.control.watch import ACTOR, Watch
    from mlcycle.serving.watchdog import OWNER, tie

    tie(os.environ.get(OWNER))
    opened = open_project()
    watch = Watch(service, controller(opened.environment(environment), opened.root, actor=ACTOR))
    forever = threading.Event()
    while not forever.wait(every):
        look, news = watch.look()
        if news is not None:
            say(news)
        if look.behind is not None:
            say(f"not everything follows yet: {look.behind}")
