"""Project -> Graph, best effort: what is unknown stays unknown, and the checks say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from mlcycle.graph.node import Graph, Node
from mlcycle.kinds.interface import SourceKind
from mlcycle.language.kinds import Kinds
from mlcycle.language.load import Loaded
from mlcycle.language.project import Project
from mlcycle.lowering.data_nodes import materializes, online_node, source_node, store_node, view_node
from mlcycle.lowering.describe import described
from mlcycle.lowering.model_nodes import model_nodes
from mlcycle.lowering.models import resolve_model
from mlcycle.lowering.monitor_nodes import monitor_nodes
from mlcycle.lowering.parts_of_sources import is_gathered, partitions_node
from mlcycle.lowering.resolved import Resolution, Schemas
from mlcycle.lowering.retrainings import retrainings
from mlcycle.lowering.service_nodes import service_nodes
from mlcycle.lowering.sheet_nodes import dataset_sheet, source_sheet
from mlcycle.lowering.sources import resolve_source
from mlcycle.lowering.views import resolve_views


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """A project's graph with the resolution that it was made from."""

    project: Project
    resolution: Resolution
    graph: Graph


def lower(loaded: Loaded, kinds: Kinds, schemas: Schemas) -> Lowered:
    """Resolve and lower a spec, or what could be read of it. Raises ValueError if that is nothing."""
    if loaded.draft is None:
        raise ValueError(f"{loaded.file} has no project: its shape is wrong")
    project = loaded.draft.value
    resolution = resolve(project, kinds, schemas)
    made = [*_nodes(project, resolution), *monitor_nodes(project, resolution, kinds)]
    nodes = tuple(described(node, project.owner) for node in made)
    graph = Graph(
        project=project.name,
        spec_file=loaded.file,
        spec_digest=loaded.digest,
        nodes=_ordered(nodes),
        retrainings=tuple(retrainings(project)),
    )
    return Lowered(project=project, resolution=resolution, graph=graph)


def resolve(project: Project, kinds: Kinds, schemas: Schemas) -> Resolution:
    """What the names of a project stand for."""
    sources = {
        name: resolve_source(name, cast(SourceKind, spec), schemas) for name, spec in project.sources.items()
    }
    views, findings = resolve_views(project, sources)
    models = {
        name: resolve_model(name, spec, sources, views, kinds, project.entities)
        for name, spec in project.models.items()
    }
    return Resolution(sources=sources, views=views, models=models, findings=findings)


def _nodes(project: Project, resolution: Resolution) -> list[Node]:
    looked_up = tuple(view for view in resolution.views.values() if materializes(view))
    gathered = [source for source in resolution.sources.values() if is_gathered(source.spec)]
    nodes = [partitions_node(project.name, source) for source in gathered]
    nodes += [source_node(project.name, source) for source in resolution.sources.values()]
    nodes += [source_sheet(project, source, resolution) for source in resolution.sources.values()]
    nodes += [view_node(project.name, view, view.source) for view in looked_up if view.source is not None]
    store = store_node(project, resolution)
    nodes += [store] if store is not None else []
    nodes += [online_node(project.name, view) for view in looked_up]
    for model in resolution.models.values():
        made = model_nodes(project, model, resolution.views)
        datasets = [node for node in made if node.kind == "dataset"]
        nodes += [*made, *(dataset_sheet(project, model, node, resolution) for node in datasets)]
    for name in project.services:
        nodes += service_nodes(project, name, resolution)
    return nodes


def _ordered(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes so that each follows what it needs, otherwise as they came. Circles stay as they came."""
    known = {node.name for node in nodes}
    placed: dict[str, Node] = {}
    left = list(nodes)
    while left:
        ready = next((n for n in left if all(up in placed or up not in known for up in n.upstream)), left[0])
        left.remove(ready)
        placed[ready.name] = ready
    return tuple(placed.values())
