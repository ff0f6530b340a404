"""From what a person writes to a recorded table of a source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

if TYPE_CHECKING:
    from mlcycle.graph.node import Graph, Node
    from mlcycle.store.artifacts import Artifacts
    from mlcycle.store.result import Result
    from mlcycle.store.results import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The sources that specs declare, by `project.source`, and what is recorded of them in an environment."""

    sources: dict[str, tuple[Graph, Node]]
    results: Results
    artifacts: Artifacts
    environment: str

    def source(self, name: str) -> tuple[Graph, Node]:
        """Raises Refused (MLC844) for one that no spec declares."""
        from mlcycle.diagnostics.suggest import did_you_mean

        if name in self.sources:
            return self.sources[name]
        listed = f"there is {', '.join(self.sources)}" if self.sources else "no spec declares one"
        raise _refused(
            "MLC844", f"no spec declares a source `{name}`", did_you_mean(name, self.sources) or listed
        )

    def table(self, text: str) -> tuple[Node, Result, Path]:
        """`project.source@version`, `project.source` for the newest, or a version alone; with its folder.

        Raises Refused: MLC844; MLC845 for a version that none or several have; MLC841 for files gone.
        """
        name, _, version = text.partition("@")
        known = version or "." in name
        nodes = [self.source(name)[1]] if known else [node for _, node in self.sources.values()]
        wanted = version if known else name
        found = {
            (node.name, result.data_version): (node, result)
            for node in nodes
            for result in self._recorded(node, wanted)
        }
        if len(found) != 1:
            how = "no recorded table" if not found else f"{len(found)} recorded tables"
            message = f"`{text}` is {how} in the environment `{self.environment}`"
            raise _refused("MLC845", message, "`mlcycle data history PROJECT.SOURCE` lists them")
        node, result = next(iter(found.values()))
        return node, result, self._folder(node, result)

    def _recorded(self, node: Node, version: str) -> tuple[Result, ...]:
        newest = self.results.newest(node.name) if not version else None
        if version:
            return self.results.beginning_with(node.name, version)
        return (newest,) if newest is not None else ()

    def _folder(self, node: Node, result: Result) -> Path:
        for same in self.results.beginning_with(node.name, result.data_version):
            if self.artifacts.missing(same) is None:
                return self.artifacts.folder(same)
        message = f"the files of snapshot `{result.data_version[:12]}` are gone"
        raise _refused("MLC841", message, "restore its folder from a backup")


@contextmanager
def recorded(environment: str) -> Iterator[Tables]:
    """The tables of all specs around the current folder. Specs with mistakes are passed over."""
    from mlcycle.cli.project import open_project
    from mlcycle.composition import settings
    from mlcycle.store.artifacts import Artifacts
    from mlcycle.store.database import connect
    from mlcycle.store.results import Results

    opened = open_project()
    place = opened.environment(environment)
    graphs = [opened.compile(file).graph for file in opened.workspace.specs]
    opened.schemas.save()
    sources = {
        f"{graph.project}.{node.name.split('/')[2]}": (graph, node)
        for graph in graphs
        if graph is not None
        for node in graph.nodes
        if node.name.startswith(f"{graph.project}/sources/")
    }
    given = settings(place, opened.root)
    engine = connect(given.state)
    try:
        yield Tables(
            sources=sources,
            results=Results(engine=engine, environment=place.name),
            artifacts=Artifacts(root=given.artifacts),
            environment=place.name,
        )
    finally:
        engine.dispose()


def _refused(code: str, message: str, help_line: str) -> Refused:
    return Refused((Diagnostic(code=code, message=message, span=NOWHERE, help=help_line),))
