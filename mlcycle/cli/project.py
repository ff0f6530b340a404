"""From a command's arguments to compiled projects: the root, the specs, their graphs and findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlcycle.cli.console import show_findings
from mlcycle.diagnostics.diagnostic import Diagnostic, Refused

if TYPE_CHECKING:
    from mlcycle.graph.node import Graph
    from mlcycle.language.kinds import Kinds
    from mlcycle.language.load import Loaded
    from mlcycle.language.workspace import Environment, Workspace
    from mlcycle.lowering.schemas import FileSchemas

#: Where a project keeps what it made, below its root.
STATE = ".mlcycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A spec, what was found in it, and its graph unless there was an error."""

    loaded: Loaded
    graph: Graph | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def sources(self) -> dict[str, str]:
        return {self.loaded.file: self.loaded.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The project folder that a command works on."""

    root: Path
    workspace: Workspace
    kinds: Kinds
    schemas: FileSchemas = field(repr=False)

    def environment(self, name: str) -> Environment:
        return self.workspace.environment(name)

    def files(self, given: Sequence[Path]) -> tuple[str, ...]:
        """The specs to work on, relative to the root: those given, else all of `mlcycle.yaml`."""
        return tuple(_relative(self.root, path) for path in given) if given else self.workspace.specs

    def compile(self, file: str) -> Compiled:
        """Read, check and lower one spec; never raises for the author's mistakes."""
        from mlcycle.language.load import load_spec

        loaded = load_spec(self.root, file, self.kinds)
        if loaded.draft is None:
            return Compiled(loaded=loaded, graph=None, diagnostics=loaded.diagnostics)
        from mlcycle.checks.run import check

        graph, found = check(loaded, self.kinds, self.schemas)
        return Compiled(loaded=loaded, graph=graph, diagnostics=found)

    def graph(self, file: str) -> Graph:
        """The graph of one spec. Shows its warnings; raises Refused with everything if there is an error."""
        graph = self.checked(file).graph
        assert graph is not None
        return graph

    def checked(self, file: str) -> Compiled:
        """As `graph`, with the spec that it is made of."""
        compiled = self.compile(file)
        self.schemas.save()
        if compiled.graph is None:
            raise Refused(compiled.diagnostics)
        show_findings(compiled.diagnostics, compiled.sources)
        return compiled


def open_project(given: Sequence[Path] = ()) -> Opened:
    """The project around the first given spec, else around the current folder; raises Refused without one."""
    from mlcycle.language.kinds import find_kinds
    from mlcycle.language.workspace import find_root, load_workspace
    from mlcycle.lowering.schemas import FileSchemas

    root = find_root(given[0].resolve().parent if given else Path.cwd())
    schemas = FileSchemas(root, root / STATE)
    return Opened(root=root, workspace=load_workspace(root), kinds=find_kinds(), schemas=schemas)


def root_or_none() -> Path | None:
    """The root around the current folder, for excerpts of findings; None when there is none."""
    from mlcycle.language.workspace import find_root

    try:
        return find_root(Path.cwd())
    except Refused:
        return None


def _relative(root: Path, path: Path) -> str:
    import click

    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        raise click.UsageError(f"`{path}` is outside of the project at {root}") from None
