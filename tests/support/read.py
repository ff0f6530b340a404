"""A project of sources alone, on real files and servers, brought up to date node by node without Dagster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.engine.plan import Plan, Planned
from mlcycle.engine.report import Ran
from mlcycle.engine.run_node import run_node
from mlcycle.engine.runner import Runner
from mlcycle.engine.selection import Options
from mlcycle.engine.session import Settings
from mlcycle.graph.code_digest import CodeReader
from mlcycle.graph.node import Graph
from mlcycle.ports import Ports
from mlcycle.projects import compile_specs
from tests.support.small import Ticking

SPEC = "specs/shop.yaml"
#: mlcycle's own modules, found and read once: they stay the same, and reading them takes most of the time.
_FOUND: dict[str, Path | None] = {}
_READ: dict[Path, Any] = {}


@contextmanager
def known_code(root: Path) -> Iterator[CodeReader]:
    """A reader of code that has read what earlier ones read, but for what is in `root`."""
    code = CodeReader(root, _found=dict(_FOUND), _read=dict(_READ))
    try:
        yield code
    finally:
        _FOUND.update((name, file) for name, file in code._found.items() if file and root not in file.parents)
        _READ.update((file, read) for file, read in code._read.items() if root not in file.parents)


@dataclass(slots=True)
class Reading:
    """A root with one spec, whose only source is `orders` unless the test writes another."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)

    def spec(self, source: str, *, columns: str = "", more: str = "") -> None:
        """Declare `orders`: keys in flow style, and its columns likewise."""
        listed = f", columns: {{{columns}}}" if columns else ""
        self.write(f"  orders: {{{source}{listed}}}\n{more}")

    def write(self, sources: str) -> None:
        (self.root / "specs").mkdir(parents=True, exist_ok=True)
        (self.root / "mlcycle.yaml").write_text("mlcycle: 1\n")
        (self.root / SPEC).write_text(f"mlcycle: 1\nsources:\n{sources}")

    def graph(self) -> Graph:
        (graph,) = compile_specs(self.root, (SPEC,))
        return graph

    def runner(self) -> Runner:
        port: Any = None
        settings = Settings(
            environment="local",
            state=f"sqlite:///{self.root}/.mlcycle/state.db",
            artifacts=self.root / ".mlcycle/artifacts",
            root=self.root,
            environ=self.environ,
        )
        ports = Ports(feature_store=port, tracker=port, registry=port, builder=port, rollouts=port)
        return Runner(graph=self.graph(), settings=settings, ports=ports, clock=Ticking())

    def run(self, name: str = "orders", *, force: bool = False) -> Ran:
        """Bring one source, or a node such as `sheets/orders`, up to date; raises Refused as a run would."""
        runner = self.runner()
        node = runner.graph[f"shop/{name}" if "/" in name else f"shop/sources/{name}"]
        with runner.opened("a test") as session:
            forced = frozenset({node.name} if force else ())
            with known_code(self.root) as code:
                return run_node(replace(session, forced=forced, code=code), node)

    def plan(self) -> Plan:
        return self.runner().plan(Options())

    def step(self, name: str = "orders") -> Planned:
        """What the plan says of one source."""
        return next(step for step in self.plan().steps if step.node.name == f"shop/sources/{name}")

    def table(self, name: str = "orders") -> pl.DataFrame:
        """The table after bringing the source up to date."""
        ran = self.run(name)
        assert ran.result is not None
        return pl.read_parquet(self.root / ".mlcycle/artifacts" / ran.result.path / "data.parquet")

    def refused(self, name: str = "orders") -> Diagnostic:
        """The one reason why the source cannot be brought up to date, or the spec not be compiled."""
        try:
            self.run(name)
        except Refused as refused:
            (found,) = refused.diagnostics
            return found
        raise AssertionError("nothing was refused")

    def kept(self) -> Mapping[str, int]:
        """Folder -> size of every table that is kept."""
        home = self.root / ".mlcycle/artifacts"
        return {path.relative_to(home).as_posix(): path.stat().st_size for path in home.rglob("data.parquet")}
