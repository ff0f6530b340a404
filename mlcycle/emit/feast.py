"""A Feast repository from feature views: text that a Feast user can read and apply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlcycle.emit.feast_declared import on_demand_views, written
from mlcycle.emit.feast_fields import FieldText, fields, variable
from mlcycle.emit.feast_on_demand import (
    OnDemandText,
    ProjectionText,
    RequestText,
    on_demand_text,
    shown_services,
)
from mlcycle.emit.render import render
from mlcycle.graph.node import Graph, Node
from mlcycle.graph.on_demand import OnDemandView
from mlcycle.ports import ViewTable

_VALUE_TYPES: Mapping[str, str] = {
    "int64": "INT64",
    "float64": "DOUBLE",
    "bool": "BOOL",
    "string": "STRING",
    "timestamp": "UNIX_TIMESTAMP",
    "date": "UNIX_TIMESTAMP",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityText:
    """An entity of one join key, which is all that Feast's have."""

    variable: str
    name: str
    key: str
    value_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewText:
    """A feature view with its file. `path` is relative to the repository."""

    variable: str
    name: str
    entities: tuple[str, ...]
    fields: tuple[FieldText, ...]
    path: str
    ttl_seconds: int
    description: str
    owner: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceText:
    variable: str
    name: str
    projections: tuple[ProjectionText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturesModule:
    """What the template of `features.py` shows."""

    project: str
    types: tuple[str, ...]
    has_services: bool
    has_views: bool
    has_ttl: bool
    has_on_demand: bool
    has_request: bool
    entities: tuple[EntityText, ...]
    views: tuple[ViewText, ...]
    on_demand: tuple[OnDemandText, ...]
    services: tuple[ServiceText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreConfig:
    """What the template of `feature_store.yaml` shows; `online` is Feast's online_store block."""

    project: str
    registry: str
    registry_store: str
    offline_store: str
    online: Mapping[str, Any]


REGISTRY_FILE = "registry.pb"
REGISTRY_STORE = "mlcycle.adapters.feast.registry.AtomicRegistryStore"
ONLINE_FILE = "online.db"


def store_config(project: str, online: Mapping[str, Any] | None = None) -> StoreConfig:
    """The configuration of a project's repository; its online store is SQLite unless `online` is given."""
    online = online or {"type": "sqlite", "path": ONLINE_FILE}
    if online["type"] == "redis":
        online = {**online, "type": "mlcycle.adapters.feast.redis.OwnRedisOnlineStore"}
    return StoreConfig(
        project=project,
        registry=REGISTRY_FILE,
        registry_store=REGISTRY_STORE,
        offline_store="mlcycle.adapters.feast.store.AsOfOfflineStore",
        online=online,
    )


def generated(graph: Graph) -> dict[str, str]:
    """The repository's text from a graph alone: `feast/<file>` -> text; nothing without views to look up.

    Views of earlier schemas, which a run keeps declared, are not in it.
    """
    stores = [node for node in graph.nodes if node.kind == "feature_store"]
    if not stores:
        return {}
    (store,) = stores
    views = [_declared(graph[name], store, role) for role, name in store.inputs.items()]
    services = store.config.get("services", {})
    files = repository(store_config(graph.project), views, services, on_demand_views(store))
    return {f"feast/{name}": text for name, text in files.items()}


def _declared(node: Node, store: Node, view: str) -> ViewTable:
    config = node.config
    description, owner = written(store, view)
    return ViewTable(
        name=config["store_name"],
        entity=config["entity"],
        keys=tuple((key["name"], key["dtype"]) for key in config["keys"]),
        features=tuple((feature["name"], feature["dtype"]) for feature in config["features"]),
        path=Path(table_path(config["store_name"])),
        ttl_seconds=config.get("ttl_seconds"),
        description=description,
        tags={"view": view},
        owner=owner,
    )


def entity_name(view: ViewTable, key: str) -> str:
    """Feast's name for the entity of one key column: the entity's own, unless its key has several columns."""
    return view.entity if len(view.keys) == 1 else f"{view.entity}_{key}"


def repository(
    config: StoreConfig,
    views: Sequence[ViewTable],
    services: Mapping[str, Mapping[str, Sequence[str]]],
    on_demand: Sequence[OnDemandView] = (),
) -> Mapping[str, str]:
    """The files of the repository: relative path -> text. They depend on the declarations alone."""
    ordered = sorted(views, key=lambda view: view.name)
    entities = _entities(ordered)
    variables = {entity.name: entity.variable for entity in entities}
    texts = tuple(_view(view, variables) for view in ordered)
    computed = tuple(on_demand_text(view) for view in sorted(on_demand, key=lambda view: view.name))
    shown = shown_services(services, on_demand)
    module = FeaturesModule(
        project=config.project,
        types=_types(texts, computed),
        has_services=bool(services),
        has_views=bool(texts),
        has_ttl=any(view.ttl_seconds for view in texts),
        has_on_demand=bool(computed),
        has_request=any(view.request for view in computed),
        entities=entities,
        views=texts,
        on_demand=computed,
        services=tuple(
            ServiceText(variable=variable("service", name), name=name, projections=shown[name])
            for name in sorted(shown)
        ),
    )
    return {
        "feature_store.yaml": render("feast/feature_store.yaml.j2", config),
        "features.py": render("feast/features.py.j2", module),
    }


def _types(views: Iterable[ViewText], on_demand: Iterable[OnDemandText]) -> tuple[str, ...]:
    """What is imported of `feast.types`."""
    requests = (view.request for view in on_demand if view.request is not None)
    shown: tuple[ViewText | OnDemandText | RequestText, ...] = (*views, *on_demand, *requests)
    return tuple(sorted({field.dtype for each in shown for field in each.fields}))


def table_path(view: str) -> str:
    """Where the repository keeps the table of a view."""
    return f"tables/{view}.parquet"


def _entities(views: Sequence[ViewTable]) -> tuple[EntityText, ...]:
    found = {}
    for view in views:
        for key, dtype in view.keys:
            name = entity_name(view, key)
            found[name] = EntityText(
                variable=variable("entity", name), name=name, key=key, value_type=_VALUE_TYPES[dtype]
            )
    return tuple(found[name] for name in sorted(found))


def _view(view: ViewTable, variables: Mapping[str, str]) -> ViewText:
    return ViewText(
        variable=variable("view", view.name),
        name=view.name,
        entities=tuple(variables[entity_name(view, key)] for key, _ in view.keys),
        fields=fields((*view.keys, *view.features)),
        path=table_path(view.name),
        ttl_seconds=view.ttl_seconds or 0,
        description=view.description,
        owner=view.owner,
        tags=tuple(sorted((view.tags or {}).items())),
    )
