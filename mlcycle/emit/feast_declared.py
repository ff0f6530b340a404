"""What the node of the feature store says of views, beside their tables."""

from __future__ import annotations

from mlcycle.graph.node import Node
from mlcycle.graph.on_demand import OnDemandView


def on_demand_views(store: Node) -> tuple[OnDemandView, ...]:
    """The views that are computed when they are asked for."""
    declared = store.config.get("on_demand", {})
    return tuple(OnDemandView.of(name, view, *written(store, name)) for name, view in declared.items())


def written(store: Node, view: str) -> tuple[str, str]:
    """What people wrote about a view: its description, and its owner, the project's unless it has its own."""
    documents = store.documentation
    description = documents.get("views", {}).get(view, "")
    owner = documents.get("owners", {}).get(view, documents.get("owner", ""))
    return str(description), str(owner)
