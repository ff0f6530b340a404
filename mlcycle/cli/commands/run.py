"""`mlcycle run`: materialize what has changed, inside Dagster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlcycle.cli.console import note, say
from mlcycle.cli.exits import Exit
from mlcycle.cli.options import Share, environment_option, spec_argument

if TYPE_CHECKING:
    from mlcycle.engine.report import RunReport


@click.command("run", short_help="Build what has changed, from data to a served model.")
@spec_argument
@click.option(
    "--select",
    multiple=True,
    metavar="NODE",
    help="Only these nodes (`late/training`, `sources/*`, `late/split+`).",
)
@click.option("--until", multiple=True, metavar="NODE", help="Up to and with these nodes.")
@click.option("--force", is_flag=True, help="Build again what has not changed.")
@click.option(
    "--partition",
    multiple=True,
    metavar="KEY",
    help="Read this partition again (`2013-01`); select one source with it.",
)
@click.option(
    "--sample", type=Share(), default=1.0, metavar="SHARE", help="Share of the rows of every source (`10%`)."
)
@environment_option
@click.option("--summary/--no-summary", default=True, help="Whether to end with what stands now.")
@click.pass_context
def command(
    ctx: click.Context,
    spec: Path,
    select: tuple[str, ...],
    until: tuple[str, ...],
    force: bool,
    partition: tuple[str, ...],
    sample: float,
    environment: str,
    summary: bool,
) -> None:
    """Bring everything that SPEC describes up to date, inside Dagster.

    `mlcycle plan` says beforehand what will be built, and why.
    """
    from mlcycle.cli.progress import progress_view
    from mlcycle.cli.project import open_project
    from mlcycle.cli.report import status
    from mlcycle.composition import run
    from mlcycle.engine.selection import Options

    opened = open_project([spec])
    graph = opened.graph(opened.files([spec])[0])
    options = Options(select=select, until=until, force=force, sample=sample, partitions=partition)
    with progress_view() as progress:
        report = run(
            graph,
            opened.environment(environment),
            root=opened.root,
            options=options,
            command=f"mlcycle run {graph.spec_file}",
            progress=progress,
        )
    conclude(report, opened.root)
    ended = status(report)
    if summary and ended in (Exit.OK, Exit.GATE):
        from mlcycle.cli.commands.status import standing

        say("\n" + standing(opened, graph, environment))
    ctx.exit(ended)


def conclude(report: RunReport, root: Path) -> None:
    """Say what went wrong, and how the run ended."""
    from mlcycle.cli.report import failures, total

    for lines in failures(report, root):
        note("\n" + lines)
    note("\n" + total(report))
