"""The projects of a root as graphs and as Dagster definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlcycle import composition
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.engine.session import HOME, Session
from mlcycle.graph.node import Graph
from mlcycle.language.workspace import Environment

if TYPE_CHECKING:
    import dagster as dg

    from mlcycle.control.retrain import Retrainer
    from mlcycle.control.rollouts import Action
    from mlcycle.dagster.asset import Sessions
    from mlcycle.store.rollouts import Change


def compile_specs(root: Path, files: tuple[str, ...]) -> tuple[Graph, ...]:
    """The graphs of specs, by reading alone; raises `Refused` with the mistakes of all of them."""
    from mlcycle.checks.run import check
    from mlcycle.language.kinds import find_kinds
    from mlcycle.language.load import load_spec
    from mlcycle.lowering.schemas import FileSchemas

    kinds, schemas = find_kinds(), FileSchemas(root, root / HOME)
    graphs: list[Graph] = []
    mistakes: list[Diagnostic] = []
    for file in files:
        loaded = load_spec(root, file, kinds)
        graph, found = check(loaded, kinds, schemas)
        if graph is None:
            mistakes += found
        else:
            graphs.append(graph)
    if mistakes:
        raise Refused(tuple(mistakes))
    return tuple(graphs)


def definitions(root: Path, files: tuple[str, ...], environment: Environment) -> dg.Definitions:
    """Dagster definitions of specs in an environment; materializing is what `mlcycle run` does."""
    from mlcycle.control.watch import ACTOR, Sweep
    from mlcycle.dagster.build import build
    from mlcycle.dagster.partitions import job_name
    from mlcycle.dagster.retraining import retraining_sensor
    from mlcycle.dagster.rollouts import rollout_sensor
    from mlcycle.renewal import retrainer

    graphs = {graph.project: graph for graph in compile_specs(root, files)}

    @contextmanager
    def opened() -> Iterator[Sessions]:
        with ExitStack() as stack:
            yield _Opener(graphs, environment, root, stack)

    def retrainers() -> list[AbstractContextManager[Retrainer]]:
        return [retrainer(graph, environment, root=root, actor=ACTOR) for graph in living]

    living = [graph for graph in graphs.values() if graph.retrainings]
    sweep = Sweep(lambda: composition.controller(environment, root, actor=ACTOR))

    def steer(service: str, action: Action, *, reason: str, operation: str) -> Change:
        controller = composition.controller(environment, root)
        return controller.act(controller.named(service), action, reason=reason, operation=operation)

    return build(
        tuple(graphs.values()),
        root=root,
        open_sessions=opened,
        connection=lambda: composition.reached(environment, root),
        sensors=[
            *([rollout_sensor(sweep)] if any(map(_serves, graphs.values())) else []),
            *([retraining_sensor(retrainers, job_name(tuple(graphs.values())))] if living else []),
        ],
        steer=steer,
        by_clock=environment.now == "clock",
    )


def _serves(graph: Graph) -> bool:
    return any(node.kind == "service" for node in graph.nodes)


class _Opener:
    """Opens a project's session, under its lock, when the first of its assets runs."""

    def __init__(
        self, graphs: Mapping[str, Graph], environment: Environment, root: Path, stack: ExitStack
    ) -> None:
        self._graphs = graphs
        self._environment = environment
        self._root = root
        self._stack = stack
        self._open: dict[str, Session] = {}

    def __call__(self, project: str) -> Session:
        if project not in self._open:
            runner = composition.runner(self._graphs[project], self._environment, self._root)
            self._open[project] = self._stack.enter_context(runner.opened("a run from Dagster's page"))
        return self._open[project]
