"""A Feast repository from feature views: text that a Feast user can read and apply."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlcycle.emit.render import render
from mlcycle.graph.node import Graph, Node
from mlcycle.ports import ViewTable

#: Our dtypes in `feast.types`. Feast has no dates: a table holds them as midnight, UTC.
FEAST_TYPES: Mapping[str, str] = {
    "int64": "Int64",
    "float64": "Float64",
    "bool": "Bool",
    "string": "String",
    "timestamp": "UnixTimestamp",
    "date": "UnixTimestamp",
}
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
class FieldText:
    name: str
    dtype: str


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
class ProjectionText:
    variable: str
    features: tuple[str, ...]


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
    entities: tuple[EntityText, ...]
    views: tuple[ViewText, ...]
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
ONLINE_FILE = "online.db"


def store_config(project: str, online: Mapping[str, Any] | None = None) -> StoreConfig:
    """The configuration of a project's repository; its online store is SQLite unless `online` is given."""
    online = online or {"type": "sqlite", "path": ONLINE_FILE}
    if online["type"] == "redis":
        online = {**online, "type": "mlcycle.adapters.feast.redis.OwnRedisOnlineStore"}
    return StoreConfig(
        project=project,
        registry=REGISTRY_FILE,
        registry_store="mlcycle.adapters.feast.registry.AtomicRegistryStore",
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
    described = store.documentation.get("views", {})
    owner = str(store.documentation.get("owner", ""))
    views = [
        _declared(graph[name], str(described.get(role, "")), owner) for role, name in store.inputs.items()
    ]
    files = repository(store_config(graph.project), views, store.config.get("services", {}))
    return {f"feast/{name}": text for name, text in files.items()}


def _declared(node: Node, description: str, owner: str) -> ViewTable:
    config = node.config
    return ViewTable(
        name=config["store_name"],
        entity=config["entity"],
        keys=tuple((key["name"], key["dtype"]) for key in config["keys"]),
        features=tuple((feature["name"], feature["dtype"]) for feature in config["features"]),
        path=Path(table_path(config["store_name"])),
        ttl_seconds=config.get("ttl_seconds"),
        description=description,
        owner=owner,
    )


def entity_name(view: ViewTable, key: str) -> str:
    """Feast's name for the entity of one key column: the entity's own, unless its key has several columns."""
    return view.entity if len(view.keys) == 1 else f"{view.entity}_{key}"


def repository(
    config: StoreConfig, views: Sequence[ViewTable], services: Mapping[str, Mapping[str, Sequence[str]]]
) -> Mapping[str, str]:
    """The files of the repository: relative path -> text. They depend on the declarations alone."""
    ordered = sorted(views, key=lambda view: view.name)
    entities = _entities(ordered)
    variables = {entity.name: entity.variable for entity in entities}
    texts = tuple(_view(view, variables) for view in ordered)
    module = FeaturesModule(
        project=config.project,
        types=tuple(sorted({field.dtype for view in texts for field in view.fields})),
        has_services=bool(services),
        has_views=bool(texts),
        has_ttl=any(view.ttl_seconds for view in texts),
        entities=entities,
        views=texts,
        services=tuple(_service(name, services[name]) for name in sorted(services)),
    )
    return {
        "feature_store.yaml": render("feast/feature_store.yaml.j2", config),
        "features.py": render("feast/features.py.j2", module),
    }


def table_path(view: str) -> str:
    """Where the repository keeps the table of a view."""
    return f"tables/{view}.parquet"


def _entities(views: Sequence[ViewTable]) -> tuple[EntityText, ...]:
    found = {}
    for view in views:
        for key, dtype in view.keys:
            name = entity_name(view, key)
            found[name] = EntityText(
                variable=_variable("entity", name), name=name, key=key, value_type=_VALUE_TYPES[dtype]
            )
    return tuple(found[name] for name in sorted(found))


def _view(view: ViewTable, variables: Mapping[str, str]) -> ViewText:
    fields = (FieldText(name=name, dtype=FEAST_TYPES[dtype]) for name, dtype in (*view.keys, *view.features))
    return ViewText(
        variable=_variable("view", view.name),
        name=view.name,
        entities=tuple(variables[entity_name(view, key)] for key, _ in view.keys),
        fields=tuple(fields),
        path=table_path(view.name),
        ttl_seconds=view.ttl_seconds or 0,
        description=view.description,
        owner=view.owner,
        tags=tuple(sorted((view.tags or {}).items())),
    )


def _service(name: str, features: Mapping[str, Sequence[str]]) -> ServiceText:
    projections = (
        ProjectionText(variable=_variable("view", view), features=tuple(features[view])) for view in features
    )
    return ServiceText(variable=_variable("service", name), name=name, projections=tuple(projections))


def _variable(kind: str, name: str) -> str:
    """A Python name made of an author's: anything but letters, digits and `_` becomes its code point."""
    safe = re.sub(r"[^A-Za-z0-9_]", lambda match: f"x{ord(match.group()):x}", name)
    return f"{kind}_{safe}"
