"""`mlcycle monitors`: measure what has closed of the predictions, and say what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlcycle.cli.console import note, say, table
from mlcycle.cli.exits import Exit
from mlcycle.cli.options import environment_option, specs_argument

if TYPE_CHECKING:
    from mlcycle.cli.project import Opened
    from mlcycle.graph.node import Graph, Node
    from mlcycle.store.result import Result


@click.command("monitors", short_help="Measure the predictions of services, and say what is wrong.")
@specs_argument
@environment_option
@click.pass_context
def command(ctx: click.Context, specs: tuple[Path, ...], environment: str) -> None:
    """Measure the chunks of predictions that have closed for the monitors of SPECS (default: all).

    The same work as `mlcycle run` does for these nodes alone; a chunk is measured once. Ends with status 3 if
    a signal of severity `error` does not pass.
    """
    from mlcycle.cli.project import open_project

    opened = open_project(specs)
    graphs = [opened.graph(file) for file in opened.files(specs)]
    watched = [(graph, nodes) for graph in graphs if (nodes := _monitors(graph))]
    if not watched:
        say("no spec declares a monitor")
    ended = Exit.OK
    for graph, nodes in watched:
        ended = max(ended, _measure(opened, graph, nodes, environment))
    ctx.exit(ended)


def _monitors(graph: Graph) -> tuple[Node, ...]:
    return tuple(node for node in graph.nodes if node.kind == "monitor")


def _measure(opened: Opened, graph: Graph, nodes: tuple[Node, ...], environment: str) -> Exit:
    from mlcycle.cli.progress import progress_view
    from mlcycle.cli.report import failures, status
    from mlcycle.composition import latest, run, settings
    from mlcycle.control.retrain import measuring
    from mlcycle.engine.selection import Options

    place = opened.environment(environment)
    with progress_view() as progress:
        report = run(
            graph,
            place,
            root=opened.root,
            options=Options(select=measuring(graph, tuple(node.name for node in nodes))),
            command=f"mlcycle monitors {graph.spec_file}",
            progress=progress,
        )
    for lines in failures(report, opened.root):
        note("\n" + lines)
    results = {result.node: result for result in latest(graph, place, root=opened.root)}
    artifacts = settings(place, opened.root).artifacts
    for node in nodes:
        if node.name in results:
            say("\n".join(_lines(node, results[node.name], artifacts)))
    return status(report)


def _lines(node: Node, result: Result, artifacts: Path) -> Iterator[str]:
    """A line a signal: verdict, name, what it says, on how many rows; then where the report is."""
    yield f"{node.name.rsplit('/', 1)[-1]} of {node.config['service']}: {result.key_figure}"
    yield table(
        (
            check.verdict.replace("_", " "),
            _named(check.name, node),
            "" if check.figure is None else f"{check.figure:.4g}",
            check.limit or "",
            "" if check.rows is None else f"{check.rows:,} rows",
            check.message,
        )
        for check in result.checks
    )
    page = artifacts / result.path / "report.html"
    if page.is_file():
        yield f"  report: {page}"


def _named(name: str, node: Node) -> str:
    """`signal.2.estimated_performance` as a person says it, with its metric."""
    step = next((step for step in node.steps if step.name == name), None)
    if step is None:
        return name
    metric = step.config.get("metric")
    return step.kind.replace("_", " ") + (f" ({metric})" if metric else "")
