"""Everything that is generated from a graph alone, without running anything."""

from __future__ import annotations

from mlcycle.emit import feast
from mlcycle.emit.service import service_files
from mlcycle.emit.service_view import ServiceView, service_view
from mlcycle.graph.node import Graph, Node


def generated(graph: Graph) -> dict[str, str]:
    """Relative path -> text: `services/<name>/...` for each service, and `feast/...` if a model looks up.

    Packages come with a run.
    """
    services = {
        f"services/{node.config['name']}/{name}": text
        for node in graph.nodes
        if node.kind == "service"
        for name, text in service_files(_view(graph, node)).items()
    }
    return services | feast.generated(graph)


def _view(graph: Graph, node: Node) -> ServiceView:
    return service_view(
        project=graph.project,
        spec_file=graph.spec_file,
        service=node.config,
        declared=graph[node.inputs["package"]].config,
    )
