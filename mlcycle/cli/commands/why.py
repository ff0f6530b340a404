"""`mlcycle why`: how a prediction came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlcycle.cli.console import say
from mlcycle.cli.options import environment_option
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

if TYPE_CHECKING:
    from mlcycle.cli.project import Opened
    from mlcycle.control.why import Why
    from mlcycle.graph.node import Graph
    from mlcycle.language.workspace import Environment


@click.command("why", short_help="Say how a prediction came about.")
@click.argument("request_id")
@click.option("--service", help="Look in the log of this service alone (`name` or `project/name`).")
@environment_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(request_id: str, service: str | None, environment: str, as_json: bool) -> None:
    """Find the prediction REQUEST_ID in the prediction log and say how it came about.

    What was asked, which version answered and why, the features as they were used, the label if it is known;
    then how that version was made: why it was trained, on what data, and how its gates judged it.
    """
    from mlcycle.cli.project import open_project
    from mlcycle.cli.why_text import as_data, as_text

    opened = open_project()
    place = opened.environment(environment)
    declared = _services(opened, service)
    for graph, names in declared:
        found = _find(opened, graph, place, request_id, names)
        if found is not None:
            say(as_data(found) if as_json else as_text(found))
            return
    looked = ", ".join(f"`{graph.project}/{name}`" for graph, names in declared for name in names)
    raise _refused(
        "MLC753",
        f"no prediction `{request_id}` is in the log of {looked or 'any service'} in {environment}",
        "the answer of a service has its `request_id`; requests outside of the log's `sample` are not kept",
    )


def _services(opened: Opened, wanted: str | None) -> list[tuple[Graph, tuple[str, ...]]]:
    """The graphs with their services, or the wanted one alone. Raises Refused (MLC801) if there is none."""
    from mlcycle.diagnostics.suggest import did_you_mean

    found, known = [], []
    for file in opened.workspace.specs:
        graph = opened.compile(file).graph
        if graph is None:
            continue
        names = [node.name.split("/")[2] for node in graph.nodes if node.name.endswith("/rollout")]
        known += names
        mine = tuple(name for name in names if wanted in (None, name, f"{graph.project}/{name}"))
        found += [(graph, mine)] if mine else []
    opened.schemas.save()
    if wanted is not None and not found:
        listed = f"there is {', '.join(known)}" if known else "no spec without mistakes declares one"
        raise _refused(
            "MLC801", f"no spec declares a service `{wanted}`", did_you_mean(wanted, known) or listed
        )
    return found


def _find(
    opened: Opened, graph: Graph, place: Environment, request_id: str, services: tuple[str, ...]
) -> Why | None:
    from mlcycle.composition import settings, state_folder
    from mlcycle.control.why import Explainer
    from mlcycle.store.artifacts import Artifacts
    from mlcycle.store.audit import Audit
    from mlcycle.store.database import connect
    from mlcycle.store.results import Results

    given = settings(place, opened.root)
    engine = connect(given.state)
    try:
        explainer = Explainer(
            graph=graph,
            results=Results(engine=engine, environment=place.name),
            artifacts=Artifacts(root=given.artifacts),
            audit=Audit(engine=engine, environment=place.name),
            home=state_folder(place, opened.root),
        )
        return explainer.find(request_id, services)
    finally:
        engine.dispose()


def _refused(code: str, message: str, help_line: str) -> Refused:
    return Refused((Diagnostic(code=code, message=message, span=NOWHERE, help=help_line),))
