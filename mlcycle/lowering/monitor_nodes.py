"""The nodes of monitors: what is measured of a service's predictions, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlcycle.diagnostics.span import NOWHERE
from mlcycle.graph.availability import delay
from mlcycle.graph.column import NEVER
from mlcycle.graph.node import Check, Node, Step
from mlcycle.kinds.interface import SignalKind
from mlcycle.language.kinds import Kinds
from mlcycle.language.life import Monitor
from mlcycle.language.project import Project
from mlcycle.language.services import Service
from mlcycle.lowering import defaults
from mlcycle.lowering.model_nodes import node_name
from mlcycle.lowering.plain import kept, seconds
from mlcycle.lowering.resolved import Resolution, ResolvedModel, ResolvedSource
from mlcycle.lowering.row_nodes import label_config
from mlcycle.lowering.served import Served, served

_HEARTBEAT = "Predictions go on: the newest chunk that could be closed has some."


def monitor_nodes(project: Project, resolution: Resolution, kinds: Kinds) -> Iterator[Node]:
    """One node a monitor. A monitor of an unknown service, or of an unknown model's, has none."""
    for name, spec in project.monitors.items():
        service = project.services.get(spec.service)
        model = resolution.models.get(service.model) if service is not None else None
        if service is not None and model is not None and model.source is not None:
            yield _monitor(project, name, spec, service, model, resolution.sources, kinds)


def _monitor(
    project: Project,
    name: str,
    spec: Monitor,
    service: Service,
    model: ResolvedModel,
    sources: Mapping[str, ResolvedSource],
    kinds: Kinds,
) -> Node:
    signals = defaults.signals(spec, model.spec.task, kinds)
    steps = tuple(_step(i, signal, spec, model) for i, signal in enumerate(signals))
    source = sources.get(service.labels.source) if service.labels is not None else None
    parts = {part: node_name(project, model, part) for part in ("package", "dataset", "split")}
    labels = {} if source is None else {"labels": f"{project.name}/sources/{source.name}"}
    found = served(service, model, sources)
    every = int(spec.chunk.every.total_seconds())
    config = kept(
        service=spec.service,
        model=model.name,
        every_seconds=every,
        min_rows=spec.chunk.min_rows,
        wait_seconds=_label_delay(model) + every,
        labels=_labels(service, model, source, found),
        redacted=list(found.redact),
    )
    return Node(
        name=f"{project.name}/monitors/{name}",
        kind="monitor",
        work="mlcycle.kinds.monitoring.monitor:watch",
        config=config,
        steps=steps,
        inputs={**parts, **labels},
        observes=(f"predictions:{spec.service}",),
        checks=(
            *(_check(step, signal) for step, signal in zip(steps, signals, strict=True)),
            Check(name="heartbeat", severity="warn", description=_HEARTBEAT, span=spec.key_span("chunk")),
        ),
        documentation=kept(description=spec.description),
        span=spec.span(),
    )


def _step(number: int, signal: SignalKind, spec: Monitor, model: ResolvedModel) -> Step:
    columns = signal.columns_named()
    config = kept(
        columns=None if columns is None else [full_name(model, name) or name for name in columns],
        needs_labels=signal.needs_labels or None,
        severity=signal.severity,
    )
    place = signal.span()
    return Step(
        name=f"signal.{number}.{signal.kind}",
        kind=signal.kind,
        work=signal.work,
        config={"min_rows": spec.chunk.min_rows, **signal.config(), **config},
        span=spec.key_span("signals") if place == NOWHERE else place,
    )


def _check(step: Step, signal: SignalKind) -> Check:
    return Check(name=step.name, severity=signal.severity, description=signal.sentence(), span=step.span)


def full_name(model: ResolvedModel, name: str) -> str | None:
    """`view.feature` of a feature of the model by that name, or by its own where only one has it."""
    found = [f.full_name for f in model.inputs if name in (f.full_name, f.name)]
    return found[0] if len(found) == 1 else None


def _label_delay(model: ResolvedModel) -> int:
    """Seconds from a prediction to its label: the horizon, and what the label's column is late; of a label of
    later events, which begin with the prediction, the latter alone."""
    late = model.label.available_after if model.label is not None else None
    after = 0 if late is None or late == NEVER else seconds(late) or 0
    return after if model.later is not None else (seconds(model.horizon) or 0) + after


def _labels(
    service: Service, model: ResolvedModel, source: ResolvedSource | None, found: Served
) -> dict[str, Any] | None:
    """How the source with the true values is joined, and from when on a value was known."""
    if service.labels is None or source is None:
        return None
    key = [{"name": column.name, "dtype": column.dtype} for column in found.key]
    if model.later is not None:
        return kept(key=key, later=label_config(model))
    column = source.table.find(service.labels.column or "")
    if column is None or column.available_after == NEVER:
        return None
    return kept(
        column=column.name,
        key=key,
        timestamp=source.spec.timestamp,
        created_timestamp=source.spec.created_timestamp,
        available_after_seconds=seconds(delay(column.available_after)),
    )
