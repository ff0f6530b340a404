"""A project as it stood at a moment: a folder of its own with the spec, own code and data as of then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.graph.code_digest import CodeReader
from mlcycle.graph.imports import find
from mlcycle.graph.node import Graph, Node
from mlcycle.language.workspace import FILE, LOCAL, Environment
from mlcycle.simulation import asof

if TYPE_CHECKING:
    import polars as pl

_WORKSPACE = """\
mlcycle: 1
specs: ["{spec}"]
environments:
  local: {{now: {now}, origin: simulation}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A folder that every command of mlcycle works in; its now is the moment that it was moved to.

    original: the project that it is made of; root: the folder. Each data file is replaced in one step.
    """

    graph: Graph
    original: Path
    root: Path

    def create(self) -> None:
        """Begin anew: whatever an earlier simulation left in the folder is removed."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        self._copy(self.original / self.graph.spec_file)
        for file in (*self._modules(), *self._files()):
            self._copy(file)

    def environment(self, now: datetime) -> Environment:
        """The folder's own environment at a moment."""
        return Environment(name=LOCAL.name, now=now.isoformat(), origin="simulation")

    def move_to(self, now: datetime) -> None:
        """Make every source what its file held at `now`. Raises Refused (MLC770) for one that cannot be."""
        (self.root / FILE).write_text(_WORKSPACE.format(spec=self.graph.spec_file, now=now.isoformat()))
        for node in self._sources():
            self._write(node, now)

    def _write(self, node: Node, now: datetime) -> None:
        reading = self._reading(node)
        if not any(fact.startswith("file:") for fact in reading.observes):
            raise _unmovable(node)
        read = reading.steps[0]
        target = self.root / str(node.config["path"])
        target.parent.mkdir(parents=True, exist_ok=True)
        facts = asof.known(node)
        if facts is not None and reading.config.get("first_seen"):
            facts = replace(facts, created=None)  # which no file has: readings of the world make it anew
        if facts is None:
            if not target.exists():
                shutil.copyfile(self.original / str(node.config["path"]), target)
            return
        module, _, _ = read.work.partition(":")
        rewrite = self._rewriting(node, module)
        mask = asof.mask(_timed(resolve_name(read.work)(read.config, self.original), facts), facts, now)
        draft = target.with_name(f".{target.name}")
        rewrite(read.config, self.original, draft, partial(_changed, mask))
        draft.replace(target)

    def _rewriting(self, node: Node, module: str) -> Callable[..., None]:
        try:
            found: Callable[..., None] = resolve_name(f"{module}:rewrite")
        except AttributeError:
            raise _unmovable(node) from None
        return found

    def _reading(self, source: Node) -> Node:
        """The node that reads a source's data: where that goes by partitions, the node of these."""
        return self.graph[source.inputs["partitions"]] if "partitions" in source.inputs else source

    def _sources(self) -> tuple[Node, ...]:
        prefix = f"{self.graph.project}/sources/"
        return tuple(node for node in self.graph.nodes if node.name.startswith(prefix))

    def _modules(self) -> list[Path]:
        """The author's own modules that the work needs, found without importing them."""
        works = [step.work for node in self.graph.nodes for step in node.steps if not _built_in(step.work)]
        names = [name for name in CodeReader(self.original).code(works).modules if not _built_in(name)]
        found = (find(name, [str(self.original)]) for name in names)
        return [file for file in found if file is not None and file.is_file()]

    def _files(self) -> list[Path]:
        """What is read beside sources: it has no time, and stays as it is."""
        sources = [node for source in self._sources() for node in (source, self._reading(source))]
        facts = [fact for node in self.graph.nodes if node not in sources for fact in node.observes]
        return [self.original / fact.removeprefix("file:") for fact in facts if fact.startswith("file:")]

    def _copy(self, file: Path) -> None:
        target = self.root / file.relative_to(self.original)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _unmovable(node: Node) -> Refused:
    over = f" over `{node.config['path']}`" if "path" in node.config else ""
    message = f"a source of kind `{node.config['kind']}`{over} cannot be set back to an earlier moment"
    help_line = "simulate over one `csv` or `parquet` file of the same data"
    return Refused((Diagnostic(code="MLC770", message=message, span=node.span, help=help_line),))


def _built_in(name: str) -> bool:
    return name.partition(".")[0] == "mlcycle"


def _changed(mask: asof.Mask, table: pl.DataFrame, missing: str | None) -> pl.DataFrame:
    return asof.rewritten(table, mask, missing)


def _timed(table: pl.DataFrame, facts: asof.Known) -> pl.DataFrame:
    """The table with its times as times in UTC: a date is its midnight."""
    import polars as pl

    names = [name for name in (facts.timestamp, facts.created) if name is not None]
    dates = [name for name in names if table.schema[name] == pl.Date]
    return table.with_columns(
        pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC") for name in dates
    )
