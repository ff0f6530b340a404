"""The gap of a time split (rule of time 7)."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.checks.words import spoken
from mlcycle.diagnostics.diagnostic import Diagnostic
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
