"""Runs the data half of a real spec node by node, without the engine: sources, views, store, dataset."""

from __future__ import annotations

import hashlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from mlcycle.graph.node import Graph, Node
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import load_spec
from mlcycle.lowering.lower import lower
from mlcycle.lowering.schemas import FileSchemas
from mlcycle.ports import Ports
from mlcycle.task import Input, Outcome, Task

_WANTED = ("source.parquet", "source.csv", "feature_view", "feature_store", "online_features", "dataset")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The graph of a spec below `root`, and what its nodes have written so far below `folder`."""

    root: Path
    folder: Path
    graph: Graph
    now: datetime
    results: dict[str, Input]
    outcomes: dict[str, Outcome]

    @classmethod
    def of(cls, root: Path, folder: Path, spec: str = "specs/flight_delays.yaml") -> Pipeline:
        kinds = find_kinds()
        graph = lower(load_spec(root, spec, kinds), kinds, FileSchemas(root, folder)).graph
        return cls(root=root, folder=folder, graph=graph, now=EPOCH, results={}, outcomes={})

    @property
    def store(self) -> FeastFeatureStore:
        return FeastFeatureStore(self.folder / "feast")

    def run(self, node: Node, **changes: Any) -> Outcome:
        """Run one node over the results of its inputs; `changes` are fields of its task."""
        out = self.folder / f"{len(self.outcomes)}-{node.name.replace('/', '-')}"
        out.mkdir(parents=True)
        none = cast(Any, None)
        ports = Ports(feature_store=self.store, tracker=none, registry=none, builder=none, rollouts=none)
        inputs = {role: self.results[name] for role, name in node.inputs.items()}
        task = Task(node=node, inputs=inputs, root=self.root, out=out, now=self.now, ports=ports)
        outcome: Outcome = pkgutil.resolve_name(node.work)(replace(task, **changes))
        version = outcome.data_version or _content(out)
        self.outcomes[node.name] = outcome
        self.results[node.name] = Input(
            node=node.name, path=out, data_version=version, figures=outcome.figures, record=outcome.record
        )
        return outcome

    def run_all(self) -> Pipeline:
        """Every node up to the datasets; `now` becomes the newest row of any source."""
        wanted = [node for node in self.graph.nodes if node.kind in _WANTED]
        for node in wanted:
            if node.kind.startswith("source."):
                self.run(node)
        newest = [outcome.figures.get("newest") for outcome in self.outcomes.values()]
        now = max(datetime.fromisoformat(str(time)) for time in newest if time)
        timed = replace(self, now=now)
        for node in wanted:
            if not node.kind.startswith("source."):
                timed.run(node)
        return timed


def _content(folder: Path) -> str:
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    digests: Mapping[str, str] = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in names
    }
    return hashlib.sha256(repr(digests).encode()).hexdigest()
