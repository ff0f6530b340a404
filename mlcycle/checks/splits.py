"""The gap of a time split (rule of time 7)."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.checks.words import spoken
from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.graph.column import NEVER
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.model_steps import inferred_gap


def small_gaps(lowered: Lowered) -> Iterator[Diagnostic]:
    """A gap smaller than label delay + horizon, without a reason."""
    for model in lowered.resolution.models.values():
        declared = model.parts.split.declared_gap()
        least = inferred_gap(model)
        if declared is None or declared[0] >= least or declared[1] is not None:
            continue
        message = f"a gap of {spoken(declared[0])} is smaller than label delay + horizon, {spoken(least)}"
        yield Diagnostic(
            code="MLC408",
            message=message,
            span=model.parts.split.span("gap"),
            help=f"leave it out, or say why: `gap: {{value: {spoken(declared[0])}, reason: ...}}`",
        )


def unknown_labels(lowered: Lowered) -> Iterator[Diagnostic]:
    """A label of which nobody says when it is known, but that it never is."""
    for model in lowered.resolution.models.values():
        if model.label is not None and model.label.available_after == NEVER:
            message = f"the label `{model.spec.label_name}` is never known (`available_after: never`)"
            yield Diagnostic(
                code="MLC411",
                message=message,
                span=model.spec.span("label"),
                help="say when it is known: any `available_after` keeps it from being a feature",
            )


def needless_acceptances(lowered: Lowered) -> Iterator[Diagnostic]:
    """`accept` names a feature that is no input, or a sign that nothing looks for."""
    for model in lowered.resolution.models.values():
        accept = model.spec.accept
        if accept is None:
            continue
        inputs = [feature.full_name for feature in model.inputs]
        for name in accept.single_feature or ():
            view = lowered.resolution.views.get(name.partition(".")[0])
            if name not in inputs and (view is None or view.complete):
                yield Diagnostic(
                    code="MLC385",
                    message=f"`{name}` is no input of `{model.name}`",
                    span=accept.key_span("single_feature", name),
                    help=did_you_mean(name, inputs),
                )
        if accept.shuffled is not None and (model.timestamp is None or model.parts.split.by_time):
            why = "the split is by time" if model.parts.split.by_time else "its rows have no time"
            yield Diagnostic(
                code="MLC386",
                message=f"nothing looks for shuffled rows in `{model.name}`: {why}",
                span=accept.key_span("shuffled"),
                severity="warning",
                help="remove it",
            )
