"""`mlcycle simulate`: play a span of the project's past through the real service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlcycle.cli.console import note, say
from mlcycle.cli.exits import Exit
from mlcycle.cli.options import Moment, Share, Span, environment_option, spec_argument

if TYPE_CHECKING:
    from mlcycle.engine.events import Listener
    from mlcycle.engine.report import RunReport


@click.command("simulate", short_help="Play months of the data through the real service.")
@spec_argument
@click.option("--from", "start", type=Moment(), required=True, help="First day, or a time in ISO 8601 (UTC).")
@click.option("--to", "end", type=Moment(), required=True, help="Where it ends.")
@click.option("--service", help="Which service, where the spec declares several.")
@click.option(
    "--sample", type=Share(), default=1.0, metavar="SHARE", help="Share of the requests that are asked."
)
@click.option(
    "--step", type=Span(), default="1d", show_default=True, help="Time between two looks at rollouts."
)
@click.option(
    "--look-every",
    type=Span(),
    default="7d",
    show_default=True,
    help="Time between two looks at monitors and retrainings.",
)
@environment_option
@click.pass_context
def command(
    ctx: click.Context,
    spec: Path,
    start: datetime,
    end: datetime,
    service: str | None,
    sample: float,
    step: timedelta,
    look_every: timedelta,
    environment: str,
) -> None:
    """Play what the service of SPEC would have lived through between two days of its data.

    The project is run on the data as it was known at the beginning, its service is started, and each row is
    asked for at its time; labels come when they were known, monitors measure, triggers fire, new versions
    take over by the service's rollout. All of it happens in a folder of its own, with its own clock.
    """
    from mlcycle.cli.project import open_project
    from mlcycle.cli.simulated import concluded, followed
    from mlcycle.simulation.simulate import Simulation, Wanted, service_of

    if start >= end:
        raise click.UsageError("`--from` has to be before `--to`")
    opened = open_project([spec])
    graph = opened.graph(opened.files([spec])[0])
    named, times = service_of(graph, service), {"step": step, "look_every": look_every}
    wanted = Wanted(service=named, start=start, end=end, sample=sample, **times)
    simulation = Simulation(graph, opened.environment(environment), opened.root, wanted)
    _build(ctx, "what will be asked, and what came out", simulation.dataset, opened.root)
    _build(ctx, f"the project as it stood on {start:%Y-%m-%d}", simulation.first, opened.root)
    note(f"\n{start:%Y-%m-%d} to {end:%Y-%m-%d}")
    with simulation.playing() as moments:
        played = followed(moments, start, end)
    say(concluded(simulation, played))
    ctx.exit(Exit.WRONG if any(moment.answers.refused for moment in played) else Exit.OK)


def _build(ctx: click.Context, title: str, build: Callable[[Listener], RunReport], root: Path) -> None:
    """Run a part of it, and end here unless all of that stands."""
    from mlcycle.cli.commands.run import conclude
    from mlcycle.cli.progress import progress_view
    from mlcycle.cli.report import status

    note(f"\n{title}")
    with progress_view() as progress:
        report = build(progress)
    if not report.unchanged:
        conclude(report, root)
    if (ended := status(report)) is not Exit.OK:
        ctx.exit(ended)
