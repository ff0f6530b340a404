"""What monitors watch: services that are there, features that the log holds, labels that can be joined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mlcycle.checks.references import undeclared
from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.graph.column import NEVER
from mlcycle.kinds.interface import SignalKind
from mlcycle.language.life import Monitor
from mlcycle.language.services import Service
from mlcycle.lowering.columns import placed
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.monitor_nodes import full_name
from mlcycle.lowering.resolved import Feature, ResolvedModel
from mlcycle.lowering.served import served

_MINUTE = timedelta(minutes=1)


def unknown_services(lowered: Lowered) -> Iterator[Diagnostic]:
    """A monitor of a service that the spec does not declare."""
    project = lowered.project
    for monitor in project.monitors.values():
        yield from undeclared("MLC700", "service", monitor.service, project.services, monitor.span("service"))


def signals(lowered: Lowered) -> Iterator[Diagnostic]:
    """What signals find wrong with themselves, and the same one twice."""
    for monitor, service, model in _watched(lowered):
        seen: set[tuple[object, ...]] = set()
        for signal in _signals(monitor):
            yield from placed(signal, signal.mistakes(model.setting))
            yield from _columns(signal, service, model, lowered)
            names = _names(signal, model)
            if seen & names:
                message = f"this `{signal.kind}` measures what another signal of the monitor measures"
                yield Diagnostic(
                    code="MLC701", message=message, span=signal.span("kind"), help="remove one of them"
                )
            seen |= names


def _signals(monitor: Monitor) -> tuple[SignalKind, ...]:
    return tuple(signal for signal in monitor.signals or () if isinstance(signal, SignalKind))


def _names(signal: SignalKind, model: ResolvedModel) -> set[tuple[object, ...]]:
    """What tells a signal's checks from those of others: its metric, its columns."""
    metric = signal.config().get("metric")
    columns = signal.columns_named() or tuple(feature.full_name for feature in model.inputs)
    if signal.kind != "data_drift" and signal.columns_named() is None:
        return {(signal.kind, metric)}
    return {(signal.kind, metric, full_name(model, name) or name) for name in columns}


def _columns(
    signal: SignalKind, service: Service, model: ResolvedModel, lowered: Lowered
) -> Iterator[Diagnostic]:
    known = [feature.full_name for feature in model.inputs]
    hidden = set(served(service, model, lowered.resolution.sources).redact)
    complete = all(view.complete for view in lowered.resolution.views.values())
    for index, name in enumerate(signal.columns_named() or ()):
        span, found = signal.span("columns", index), full_name(model, name)
        if found is None and complete:
            help_line = did_you_mean(name, known) or "a feature of the model, as `view.feature`"
            message = f"`{name}` is no feature of the model `{model.name}`"
            yield Diagnostic(code="MLC705", message=message, span=span, help=help_line)
        feature = next((f for f in model.inputs if f.full_name == found), None)
        lost = sorted(hidden & _made_of(feature)) if feature is not None else []
        if lost:
            message = f"`{name}` is made of `{lost[0]}`, which the prediction log does not hold"
            help_line = "watch another feature, or keep the column in the log"
            yield Diagnostic(code="MLC709", message=message, span=span, help=help_line)


def _made_of(feature: Feature) -> set[str]:
    """The columns of the request, and the looked-up features, that a feature is made of or is."""
    return {feature.full_name, *feature.request, *feature.others}


def chunks(lowered: Lowered) -> Iterator[Diagnostic]:
    """Chunks are whole minutes: the log is counted by the minute."""
    for monitor in lowered.project.monitors.values():
        every = monitor.chunk.every
        if every < _MINUTE or every % _MINUTE:
            yield Diagnostic(
                code="MLC704",
                message="a chunk covers a whole number of minutes, at least one",
                span=monitor.chunk.span("every"),
                help="such as `1h` or `1d`",
            )


def labels(lowered: Lowered) -> Iterator[Diagnostic]:
    """Labels that never become known."""
    for service in lowered.project.services.values():
        labels = service.labels
        source = lowered.resolution.sources.get(labels.source) if labels is not None else None
        named = labels.column if labels is not None else None
        column = source.table.find(named) if named is not None and source is not None else None
        if labels is not None and column is not None and column.available_after == NEVER:
            message = f"`{named}` never becomes known, so it can be no label of a prediction"
            help_line = "name the column with the outcome"
            yield Diagnostic(code="MLC708", message=message, span=labels.span("column"), help=help_line)


def _watched(lowered: Lowered) -> Iterator[tuple[Monitor, Service, ResolvedModel]]:
    """The monitors whose service and model are there."""
    for monitor in lowered.project.monitors.values():
        service = lowered.project.services.get(monitor.service)
        model = lowered.resolution.models.get(service.model) if service is not None else None
        if service is not None and model is not None:
            yield monitor, service, model
