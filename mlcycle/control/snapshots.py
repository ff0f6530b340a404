"""The recorded versions of a source's table, and which models learned from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mlcycle.control.lineage import trained_on
from mlcycle.graph.node import Graph
from mlcycle.store.artifacts import Artifacts
from mlcycle.store.result import Result
from mlcycle.store.results import Results

_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One content that a source had. first, last: when it was first and last built (UTC).

    models: model -> how many of its trainings learned from it. there: whether its files still are.
    """

    result: Result
    first: datetime
    last: datetime
    models: Mapping[str, int]
    there: bool

    @property
    def version(self) -> str:
        return self.result.data_version

    @property
    def rows(self) -> int | None:
        rows = self.result.figures.get("rows")
        return rows if isinstance(rows, int) else None


def history(results: Results, artifacts: Artifacts, graph: Graph, source: str) -> tuple[Snapshot, ...]:
    """The snapshots of a source, the one that was built last first."""
    built = results.history(f"{graph.project}/sources/{source}", limit=_MOST)
    used = _used(results, graph, source)
    versions = dict.fromkeys(result.data_version for result in built)
    found = []
    for version in versions:
        same = [result for result in built if result.data_version == version]
        found.append(
            Snapshot(
                result=same[0],
                first=same[-1].ended,
                last=same[0].ended,
                models=used.get(version, {}),
                there=any(artifacts.missing(result) is None for result in same),
            )
        )
    return tuple(found)


def readings(results: Results, graph: Graph, source: str) -> Mapping[str, Result]:
    """The last reading of each partition of a source, by its key, oldest first; empty for one without any."""
    name = f"{graph.project}/partitions/{source}"
    found = results.all_newest(name) if name in graph else {}
    return {node.rpartition("/")[2]: found[node] for node in sorted(found)}


def _used(results: Results, graph: Graph, source: str) -> Mapping[str, Mapping[str, int]]:
    """Version -> model -> count of its trainings."""
    counts: dict[str, dict[str, int]] = {}
    for node in graph.nodes:
        if not node.name.endswith("/training"):
            continue
        model = node.name.split("/")[2]
        for training in results.history(node.name, limit=_MOST):
            data = trained_on(results, graph, training).get(source)
            if data is not None:
                of_version = counts.setdefault(data.data_version, {})
                of_version[model] = of_version.get(model, 0) + 1
    return counts
