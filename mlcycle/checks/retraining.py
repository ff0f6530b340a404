"""Triggers: what they listen to is there, and they can fire at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from mlcycle.checks.references import undeclared
from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.kinds.interface import TriggerKind
from mlcycle.language.life import Monitor, Retraining
from mlcycle.lowering.lower import Lowered


def unknown_names(lowered: Lowered) -> Iterator[Diagnostic]:
    """A model, a monitor or a source that the spec does not declare."""
    project = lowered.project
    for spec in project.retraining.values():
        yield from undeclared("MLC204", "model", spec.model, project.models, spec.span("model"))
        for trigger in _triggers(spec):
            place = trigger.span("monitor")
            yield from undeclared("MLC741", "monitor", trigger.watches(), project.monitors, place)
            place = trigger.span("source")
            yield from undeclared("MLC201", "source", trigger.counts(), project.sources, place)


def deaf_triggers(lowered: Lowered) -> Iterator[Diagnostic]:
    """A trigger that could never fire, or would fire for another model."""
    project = lowered.project
    for spec in project.retraining.values():
        for trigger in _triggers(spec):
            monitor = project.monitors.get(trigger.watches() or "")
            if monitor is not None:
                yield from _unmeasured(trigger, monitor)
                yield from _of_another_model(lowered, spec, trigger, monitor)
            yield from _unread(lowered, spec, trigger)


def _unmeasured(trigger: TriggerKind, monitor: Monitor) -> Iterator[Diagnostic]:
    wanted, measured = trigger.reads(), monitor.signals
    if wanted is None or measured is None or any(signal.kind == wanted for signal in measured):
        return
    message = f"the monitor `{trigger.watches()}` does not measure `{wanted}`: this trigger would never fire"
    yield Diagnostic(
        code="MLC742",
        message=message,
        span=trigger.span("monitor"),
        help=f"add `{{kind: {wanted}, ...}}` to the signals of the monitor",
        related=(Related(span=monitor.span("signals"), message="this is what it measures"),),
    )


def _of_another_model(
    lowered: Lowered, spec: Retraining, trigger: TriggerKind, monitor: Monitor
) -> Iterator[Diagnostic]:
    service = lowered.project.services.get(monitor.service)
    if service is None or service.model == spec.model:
        return
    message = f"`{trigger.watches()}` watches the model `{service.model}`, not `{spec.model}`"
    place, help_line = trigger.span("monitor"), f"name a monitor of a service of `{spec.model}`"
    declared = Related(span=service.span("model"), message="the watched service serves it here")
    yield Diagnostic(code="MLC743", message=message, span=place, help=help_line, related=(declared,))


def _unread(lowered: Lowered, spec: Retraining, trigger: TriggerKind) -> Iterator[Diagnostic]:
    source, graph = trigger.counts(), lowered.graph
    dataset = f"{lowered.project.name}/models/{spec.model}/dataset"
    if source not in lowered.project.sources or dataset not in graph:
        return
    waiting, above = [dataset], set[str]()
    while waiting:
        for name in graph[waiting.pop()].inputs.values():
            if name not in above and name in graph:
                above.add(name)
                waiting.append(name)
    if f"{lowered.project.name}/sources/{source}" not in above:
        message = f"`{spec.model}` does not learn from `{source}`: it cannot be told how many rows are new"
        help_line = "name the source of its label, or one of its features"
        yield Diagnostic(code="MLC744", message=message, span=trigger.span("source"), help=help_line)


def repeated_triggers(lowered: Lowered) -> Iterator[Diagnostic]:
    """A trigger that says again what another one says."""
    for retraining in lowered.graph.retrainings:
        seen: set[str] = set()
        for trigger in retraining.triggers:
            if trigger.name in seen:
                message = f"this `{trigger.kind}` trigger is listed already"
                yield Diagnostic(code="MLC745", message=message, span=trigger.span, help="remove one of them")
            seen.add(trigger.name)


def _triggers(spec: Retraining) -> tuple[TriggerKind, ...]:
    return cast(tuple[TriggerKind, ...], spec.triggers)
