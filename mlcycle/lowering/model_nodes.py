"""The nodes of a model: dataset, split, training, package, evaluation, registration, card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlcycle.graph.availability import delay
from mlcycle.graph.column import Column
from mlcycle.graph.node import Check, Config, Node, Step
from mlcycle.kinds.interface import GateKind
from mlcycle.language.project import Project
from mlcycle.lowering.data_nodes import store_name
from mlcycle.lowering.model_steps import gate_steps, split_checks, split_step, training_steps
from mlcycle.lowering.plain import kept, seconds, typed
from mlcycle.lowering.resolved import Feature, ResolvedModel, ResolvedSource, ResolvedView
from mlcycle.lowering.row_nodes import row_facts, row_node
from mlcycle.lowering.rows import AS_OF

Views = Mapping[str, ResolvedView]

#: What a package proves of itself before anything uses it.
_PROOFS = (
    ("parity", "The merged graph gives the scores of the trained model."),
    ("program", "The request-time program gives the features of the dataset."),
)
_AGREE = "The graph gives what the fitted steps of preprocessing give."


def model_nodes(project: Project, model: ResolvedModel, views: Views) -> tuple[Node, ...]:
    """The nodes of one model, in order. A model whose label's source is unknown has none."""
    if model.source is None:
        return ()
    rows = row_node(project, model)
    return (
        *((rows,) if rows is not None else ()),
        _dataset(project, model, model.source, views),
        _split(project, model),
        _training(project, model),
        _package(project, model, views),
        _evaluation(project, model),
        _registration(project, model),
        _card(project, model),
    )


def node_name(project: Project, model: ResolvedModel, part: str) -> str:
    return f"{project.name}/models/{model.name}/{part}"


def _inputs(project: Project, model: ResolvedModel, *parts: str) -> dict[str, str]:
    return {part: node_name(project, model, part) for part in parts}


def features_config(features: tuple[Feature, ...]) -> list[dict[str, str]]:
    """The model's inputs as `{name, dtype}`, by their full names."""
    return typed(feature.column for feature in features)


def lookups_config(model: ResolvedModel, views: Views) -> list[dict[str, Any]]:
    """What is read from the feature store for each row."""
    return [
        kept(
            view=name,
            store_name=store_name(views[name]),
            keys=[key.name for key in views[name].keys],
            ttl_seconds=seconds(views[name].spec.ttl),
            features=[{"name": f.name, "dtype": f.column.dtype} for f in features],
        )
        for name, features in model.lookups.items()
    ]


def request_config(model: ResolvedModel) -> list[dict[str, Any]]:
    """The columns of the row itself that a request carries."""
    moment = AS_OF if model.members is not None else None
    return [
        {
            "name": c.name,
            "dtype": c.dtype,
            "nullable": c.nullable,
            **({"moment": True} if c.name == moment else {}),
        }
        for c in model.request
    ]


def _read(model: ResolvedModel, views: Views) -> dict[str, Any]:
    """What dataset and package have in common: how the features of a row come about."""
    return {
        "task": model.spec.task,
        "horizon_seconds": seconds(model.horizon),
        "request": request_config(model),
        "lookups": lookups_config(model, views),
        "program": [feature.entry for feature in model.program],
        "features": features_config(model.inputs),
    }


def groups(model: ResolvedModel) -> list[str]:
    """The columns that gates group by, each once."""
    return list(dict.fromkeys(name for gate in model.parts.gates for name in gate.groups_by()))


def _by(model: ResolvedModel) -> list[str]:
    """The columns that gates and the split read beside the features, each once."""
    weights = (gate.sample_weight for gate in model.parts.gates if gate.sample_weight is not None)
    return list(dict.fromkeys((*groups(model), *weights, *(read.name for read in model.parts.split.reads()))))


def _dataset(project: Project, model: ResolvedModel, source: ResolvedSource, views: Views) -> Node:
    config = {
        **_read(model, views),
        **kept(
            label=model.label.name if model.label is not None else None,
            timestamp=model.timestamp,
            predict_at=model.spec.predict_at,
            label_known_after_seconds=_label_known_after(model),
            sample_weight=model.spec.sample_weight,
            filter=model.filter,
        ),
        "key": list(source.row_key),
        "by": _by(model),
    }
    looked_up = {f"view:{view}": f"{project.name}/features/{view}" for view in model.lookups}
    return Node(
        name=node_name(project, model, "dataset"),
        kind="dataset",
        work="mlcycle.kinds.training.dataset:build",
        config=config,
        inputs={"rows": _rows(project, model, source), **looked_up},
        after=(f"{project.name}/feature_store",) if looked_up else (),
        columns=_dataset_columns(model, source),
        span=model.spec.key_span("features"),
    )


def _rows(project: Project, model: ResolvedModel, source: ResolvedSource) -> str:
    made = model.later is not None
    return node_name(project, model, "rows") if made else f"{project.name}/sources/{source.name}"


def _label_known_after(model: ResolvedModel) -> int | None:
    """When a row's own label would be in its features; None if the horizon says already that it is not."""
    if model.spec.predict_at is None or model.later is not None:
        return None
    return seconds(min((delay(f.column.available_after) for f in model.label_history), default=None))


def _dataset_columns(model: ResolvedModel, source: ResolvedSource) -> tuple[Column, ...]:
    looked_up = [feature.column for features in model.lookups.values() for feature in features]
    computed = [feature.column for feature in model.program]
    table = source.table.columns
    return (
        Column(name="row_id", dtype="int64", nullable=False),
        Column(
            name="event_timestamp", dtype="timestamp", nullable=False, lineage=_of(table, model.timestamp)
        ),
        Column(name="predict_at", dtype="timestamp", nullable=False, lineage=_of(table, model.timestamp)),
        *(_copy(table, name, "key") for name in source.row_key),
        *(_copy(table, column.name, "request") for column in model.request),
        *looked_up,
        *computed,
        Column(
            name="label",
            dtype=_label_dtype(model),
            lineage=model.label.lineage if model.label else frozenset(),
        ),
        *(_copy(table, name, "by") for name in _by(model)),
    )


def _of(table: Mapping[str, Column], name: str | None) -> frozenset[Any]:
    return table[name].lineage if name is not None and name in table else frozenset()


def _copy(table: Mapping[str, Column], name: str, role: str) -> Column:
    column = table.get(name, Column(name=name))
    return Column(
        name=f"{role}.{name}",
        dtype=column.dtype,
        nullable=column.nullable,
        sensitive=column.sensitive,
        pii=column.pii,
        lineage=column.lineage,
        description=column.description,
        span=column.span,
    )


def _label_dtype(model: ResolvedModel) -> Any:
    return "int64" if model.spec.task == "multiclass_classification" else "float64"


def _split(project: Project, model: ResolvedModel) -> Node:
    step = split_step(model)
    checks = tuple(split_checks(model, step.span))
    config = kept(
        task=model.spec.task,
        features=features_config(model.inputs),
        together=list(model.parts.split.together()) or None,
        timestamp=model.timestamp if any(check.name == "shuffled" for check in checks) else None,
        secret_time=_personal_time(model) or None,
    )
    return Node(
        name=node_name(project, model, "split"),
        kind="split",
        work="mlcycle.kinds.splits.split:split",
        config=config,
        steps=(step,),
        inputs=_inputs(project, model, "dataset"),
        checks=checks,
        documentation=_accepted(model),
        span=step.span,
    )


def _personal_time(model: ResolvedModel) -> bool:
    """Whether the time of a row tells of a person."""
    column = model.source.table.find(model.timestamp) if model.source and model.timestamp else None
    return column is not None and column.pii


def _accepted(model: ResolvedModel) -> Config:
    """The signs of leakage that the author knows of."""
    accept = model.spec.accept
    return kept(accepted=accept.model_dump(exclude_none=True) if accept is not None else None)


def _training(project: Project, model: ResolvedModel) -> Node:
    steps = training_steps(model)
    files = dict.fromkeys(file for step in model.parts.preprocess for file in step.files())
    return Node(
        name=node_name(project, model, "training"),
        kind="training",
        work="mlcycle.kinds.trainers.training:train",
        config=kept(
            task=model.spec.task,
            features=features_config(model.inputs),
            **_folded(model),
            secret=[feature.full_name for feature in model.inputs if feature.column.pii] or None,
        ),
        steps=steps,
        inputs=_inputs(project, model, "dataset", "split"),
        observes=tuple(f"file:{file}" for file in files),
        checks=(Check(name="transforms", description=_AGREE, span=model.spec.key_span("preprocess")),),
        span=steps[-1].span,
    )


def _folded(model: ResolvedModel) -> dict[str, float]:
    """What the scores of folds need: from which score on their decisions are true."""
    decision = _decision(model) if model.parts.split.fold_count() else {}
    return {"threshold": decision["threshold"]} if decision else {}


def _decision(model: ResolvedModel) -> dict[str, Any]:
    """How a score is read: the classes that are known before training, and the threshold of a yes or no."""
    if model.spec.task != "binary_classification":
        return {}
    declared = model.spec.decision.threshold if model.spec.decision is not None else None
    return {"classes": [False, True], "threshold": 0.5 if declared is None else declared}


def _package(project: Project, model: ResolvedModel, views: Views) -> Node:
    packages = [package.kind for package in model.parts.packages]
    return Node(
        name=node_name(project, model, "package"),
        kind="package",
        work="mlcycle.kinds.packages.package:build",
        config={**_read(model, views), **_decision(model), "model": model.name, "packages": packages},
        inputs=_inputs(project, model, "training", "dataset", "split"),
        checks=tuple(Check(name=n, description=d, span=model.spec.key_span("packages")) for n, d in _PROOFS),
        span=model.spec.key_span("packages"),
    )


def _evaluation(project: Project, model: ResolvedModel) -> Node:
    steps = gate_steps(model)
    training = ("training",) if model.parts.split.fold_count() else ()
    return Node(
        name=node_name(project, model, "evaluation"),
        kind="evaluation",
        work="mlcycle.kinds.gates.evaluate:evaluate",
        config={"by": groups(model)},
        steps=steps,
        inputs=_inputs(project, model, "package", "dataset", "split", *training),
        observes=(f"champion:{project.name}.{model.name}",),
        checks=tuple(map(_gate_check, steps, model.parts.gates)),
        span=model.spec.key_span("gates"),
    )


def _gate_check(step: Step, gate: GateKind) -> Check:
    weighted = f" Rows count as `{gate.sample_weight}` says." if gate.sample_weight is not None else ""
    description = gate.description or gate.sentence() + weighted
    return Check(name=step.name, severity=gate.severity, description=description, span=step.span)


def _registration(project: Project, model: ResolvedModel) -> Node:
    return Node(
        name=node_name(project, model, "registration"),
        kind="registration",
        work="mlcycle.kinds.registration.register:register",
        inputs=_inputs(project, model, "package", "evaluation", "training"),
        documentation=_documentation(project, model),
        span=model.spec.span(),
    )


def _documentation(project: Project, model: ResolvedModel) -> Config:
    owner = model.spec.owner or project.owner
    return kept(
        description=model.spec.description or project.description,
        owner=owner.model_dump(exclude_none=True) if owner is not None else None,
    )


def _card(project: Project, model: ResolvedModel) -> Node:
    card = model.spec.card.model_dump(mode="json", exclude_none=True) if model.spec.card is not None else {}
    config = {
        "model": f"{project.name}.{model.name}",
        "title": model.name,
        "card": {**card, **_documentation(project, model)},
        "features": [_described(feature) for feature in model.inputs],
        **kept(rows=row_facts(model.spec) or None),
        **_accepted(model),
    }
    return Node(
        name=node_name(project, model, "card"),
        kind="model_card",
        work="mlcycle.kinds.registration.card:write",
        config=config,
        inputs=_inputs(
            project, model, "dataset", "split", "training", "package", "evaluation", "registration"
        ),
        span=model.spec.key_span("card"),
    )


def _described(feature: Feature) -> dict[str, Any]:
    column = feature.column
    sources = sorted(str(reference) for reference in column.lineage)
    return kept(name=column.name, dtype=column.dtype, description=column.description, sources=sources)
