"""The nodes of a service: the generated service, its replay, its rollout, and batch predictions."""

from __future__ import annotations

from typing import Any, cast

from mlcycle.graph.column import Column
from mlcycle.graph.node import Check, Node
from mlcycle.kinds.interface import RolloutKind
from mlcycle.language.project import Project
from mlcycle.language.services import Limits, Replay, Service
from mlcycle.lowering.model_nodes import node_name
from mlcycle.lowering.plain import kept, seconds
from mlcycle.lowering.resolved import Resolution, ResolvedModel
from mlcycle.lowering.served import Served, served, served_config

LIMITS = {"timeout_seconds": 10, "max_concurrency": 64, "max_body_bytes": 1024 * 1024, "max_rows": 1000}


def service_nodes(project: Project, name: str, resolution: Resolution) -> tuple[Node, ...]:
    """The nodes of one service. A service of an unknown model has none."""
    spec = project.services[name]
    model = resolution.models.get(spec.model)
    if model is None or model.source is None:
        return ()
    nodes = (
        _service(project, name, spec, model, served(spec, model, resolution.sources)),
        _replay(project, name, spec, model),
        _rollout(project, name, spec, model),
    )
    return nodes if spec.batch is None else (*nodes, _predictions(project, name, spec, model))


def _name(project: Project, service: str, part: str) -> str:
    return f"{project.name}/services/{service}/{part}"


def _of(project: Project, model: ResolvedModel, *parts: str) -> dict[str, str]:
    return {part: node_name(project, model, part) for part in parts}


def limits(spec: Limits | None) -> dict[str, Any]:
    """The limits of requests, defaults filled in."""
    if spec is None:
        return dict(LIMITS)
    written = kept(
        timeout_seconds=seconds(spec.timeout),
        max_concurrency=spec.max_concurrency,
        max_body_bytes=spec.max_body,
        max_rows=spec.max_rows,
    )
    return {**LIMITS, **written}


def _rollout_plan(spec: Service, model: ResolvedModel) -> dict[str, Any]:
    if spec.rollout is None:
        return {"kind": "instant"}
    return dict(cast(RolloutKind, spec.rollout).plan(model.setting))


def _service(project: Project, name: str, spec: Service, model: ResolvedModel, found: Served) -> Node:
    owner = spec.owner or project.owner
    documentation = kept(
        description=spec.description, owner=owner.model_dump(exclude_none=True) if owner is not None else None
    )
    config = {
        "name": name,
        "model": f"{project.name}.{model.name}",
        "limits": limits(spec.limits),
        **served_config(spec, found),
    }
    return Node(
        name=_name(project, name, "service"),
        kind="service",
        work="mlcycle.kinds.services.build:build",
        config=config,
        inputs=_of(project, model, "package"),
        documentation=documentation,
        span=spec.span(),
    )


_REPLAY_CHECK = "The built service, asked over HTTP, gives the scores of training time."


def _row_key(model: ResolvedModel) -> tuple[Column, ...]:
    """What tells the rows of the model's table apart."""
    source = model.source
    found = (source.table.find(name) for name in source.row_key) if source is not None else ()
    return tuple(column for column in found if column is not None)


def _replay(project: Project, name: str, spec: Service, model: ResolvedModel) -> Node:
    replay = spec.replay or Replay()
    return Node(
        name=_name(project, name, "replay"),
        kind="replay",
        work="mlcycle.kinds.services.replay:replay",
        config=kept(
            rows=replay.rows,
            max_difference=replay.max_difference,
            secret=[column.name for column in _row_key(model) if column.pii] or None,
        ),
        inputs={
            "service": _name(project, name, "service"),
            **_of(project, model, "package", "dataset", "split"),
        },
        checks=(Check(name="replay_parity", description=_REPLAY_CHECK, span=spec.key_span("replay")),),
        span=spec.key_span("replay"),
    )


def _rollout(project: Project, name: str, spec: Service, model: ResolvedModel) -> Node:
    online = tuple(f"{project.name}/online/{view}" for view in model.lookups)
    plan = _rollout_plan(spec, model)
    return Node(
        name=_name(project, name, "rollout"),
        kind=f"rollout.{plan['kind']}",
        work="mlcycle.kinds.services.rollout:start",
        config={"service": name, "rollout": plan},
        inputs={
            **_of(project, model, "registration", "evaluation", "package"),
            "replay": _name(project, name, "replay"),
            "service": _name(project, name, "service"),
        },
        after=online,
        span=spec.key_span("rollout"),
    )


def _predictions(project: Project, name: str, spec: Service, model: ResolvedModel) -> Node:
    every = seconds(spec.batch.every) if spec.batch is not None else None
    return Node(
        name=_name(project, name, "predictions"),
        kind="predictions",
        work="mlcycle.kinds.services.batch:score",
        config=kept(every_seconds=every),
        inputs=_of(project, model, "package", "dataset", "split"),
        after=(_name(project, name, "rollout"),),
        span=spec.key_span("batch"),
    )
