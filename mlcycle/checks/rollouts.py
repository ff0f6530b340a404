"""What is wrong with how a new version of a service takes over."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.kinds.interface import RolloutKind
from mlcycle.lowering.columns import placed
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.resolved import ResolvedModel


def mistakes(lowered: Lowered) -> Iterator[Diagnostic]:
    """Mistakes of rollouts and of what they compare."""
    for rollout, model in _rollouts(lowered):
        yield from placed(rollout, rollout.mistakes(model.setting))


def unknown_columns(lowered: Lowered) -> Iterator[Diagnostic]:
    """A rollout that divides requests by a column which a row of the model does not have."""
    for rollout, model in _rollouts(lowered):
        name, source = rollout.routes_by(), model.source
        if name is None or source is None or source.table.find(name) is not None:
            continue
        message = f"a row of `{model.name}` is one of `{source.name}`, which has no column `{name}`"
        yield Diagnostic(
            code="MLC603",
            message=message,
            span=rollout.span("sticky_by"),
            help=did_you_mean(name, source.table.columns),
        )


def shared_models(lowered: Lowered) -> Iterator[Diagnostic]:
    """A model that a second service serves: the rollouts of both would decide which version is champion."""
    first: dict[str, str] = {}
    services = lowered.project.services
    for name, service in services.items():
        other = first.setdefault(service.model, name)
        if other == name or service.model not in lowered.project.models:
            continue
        message = f"`{service.model}` is served by `{other}` already, whose rollout decides on its champion"
        help_line = f"ask `{other}` from everywhere, or declare a model of its own for `{name}`"
        declared = Related(span=services[other].span("model"), message="it is served here")
        yield Diagnostic(
            code="MLC640",
            message=message,
            span=service.span("model"),
            help=help_line,
            related=(declared,),
        )


def _rollouts(lowered: Lowered) -> Iterator[tuple[RolloutKind, ResolvedModel]]:
    for service in lowered.project.services.values():
        model = lowered.resolution.models.get(service.model)
        if model is not None and isinstance(service.rollout, RolloutKind):
            yield service.rollout, model
