"""Services that specs declare: finding one by its name, and steering it beside its process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE, Span

if TYPE_CHECKING:
    from mlcycle.cli.project import Opened
    from mlcycle.deployed import Deployed
    from mlcycle.graph.node import Graph


def find(opened: Opened, name: str, environment: str) -> Deployed:
    """The service `name` or `project/name`. Raises Refused: MLC801 unknown, MLC802 never rolled out."""
    from mlcycle.deployed import deployed

    graph, service, span = declared(opened, name)
    return deployed(graph, service, opened.environment(environment), opened.root, span)


def declared(opened: Opened, name: str) -> tuple[Graph, str, Span]:
    """The spec that declares the service. Specs with mistakes are passed over."""
    found: dict[str, tuple[Graph, str, Span]] = {}
    for file in opened.workspace.specs:
        graph = opened.compile(file).graph
        if graph is None:
            continue
        for node in graph.nodes:
            if node.name.endswith("/rollout"):
                service = node.name.split("/")[2]
                found[f"{graph.project}/{service}"] = (graph, service, node.span)
    opened.schemas.save()
    matching = [full for full in found if name in (full, full.split("/")[1])]
    if len(matching) == 1:
        return found[matching[0]]
    raise _unknown(name, matching or list(found), ambiguous=bool(matching))


def _unknown(name: str, known: list[str], *, ambiguous: bool) -> Refused:
    from mlcycle.diagnostics.suggest import did_you_mean

    if ambiguous:
        message, hint = f"several projects have a service `{name}`", f"write one of {', '.join(known)}"
    else:
        message = f"no spec declares a service `{name}`"
        names = [full.split("/")[1] for full in known]
        listed = f"there is {', '.join(names)}" if names else "no spec without mistakes declares one"
        hint = did_you_mean(name, names) or listed
    return Refused((Diagnostic(code="MLC801", message=message, span=NOWHERE, help=hint),))


@contextmanager
def controlled(
    deployed: Deployed, root: Path, environment: str, heard: Callable[[str], None]
) -> Iterator[None]:
    """Steer its rollouts, in a process beside it; `heard` is told of every move."""
    from mlcycle.cli.keeper import kept

    name = f"{deployed.project}/{deployed.name}"
    command = [sys.executable, "-m", "mlcycle.cli.main", "control", name, "--env", environment]
    log = deployed.log.with_name(f"{deployed.project}.{deployed.name}.rollouts.log")
    with kept(command, environ=os.environ, folder=root, log=log, heard=heard):
        yield
