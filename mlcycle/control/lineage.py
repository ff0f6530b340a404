"""What a result was made of, back to the sources, as it was then."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.graph.node import Graph
from mlcycle.store.result import Result
from mlcycle.store.results import Results


def behind(results: Results, graph: Graph, result: Result) -> Iterator[Result]:
    """The results that a result rests on, each once, nearest first; it goes by the versions of their content.

    What cannot be found (an input that the spec no longer has, a version that was never kept) is left out.
    """
    waiting, seen = [result], {(result.node, result.data_version)}
    while waiting:
        one = waiting.pop(0)
        for found in _inputs(results, graph, one):
            if (found.node, found.data_version) not in seen:
                seen.add((found.node, found.data_version))
                waiting.append(found)
                yield found


def trained_on(results: Results, graph: Graph, training: Result) -> dict[str, Result]:
    """The sources that a training learned from, by name: the rows and versions they had then."""
    prefix = f"{graph.project}/sources/"
    return {
        found.node.removeprefix(prefix): found
        for found in behind(results, graph, training)
        if found.node.startswith(prefix)
    }


def _inputs(results: Results, graph: Graph, result: Result) -> Iterator[Result]:
    if result.node not in graph:
        return
    for role, name in graph[result.node].inputs.items():
        version = result.parts.inputs.get(role)
        found = results.made(name, version) if version is not None else None
        if found is not None:
            yield found
