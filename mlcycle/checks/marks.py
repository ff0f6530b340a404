"""Sensitive columns: they may be grouped by, never be an input (unless allowed, with a reason)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.graph.column import Column, ColumnRef
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.resolved import Feature, ResolvedModel, ResolvedSource


def sensitive_inputs(lowered: Lowered) -> Iterator[Diagnostic]:
    """An input of a model that is a sensitive column or is made of one."""
    sources = lowered.resolution.sources
    for model in lowered.resolution.models.values():
        for feature in model.inputs:
            for reference in _sensitive(feature.column, sources):
                if reference.column not in model.spec.allow_sensitive:
                    yield _input(model, feature, reference, sources)


def _input(
    model: ResolvedModel, feature: Feature, reference: ColumnRef, sources: Mapping[str, ResolvedSource]
) -> Diagnostic:
    name = reference.column
    return Diagnostic(
        code="MLC420",
        message=f"the input `{feature.full_name}` of `{model.name}` is made of the sensitive `{reference}`",
        span=feature.places.get(name, feature.column.span),
        help=f"leave it out, or give the model `allow_sensitive: {{{name}: <reason>}}`",
        related=_marked(reference, sources),
    )


def personal_groups(lowered: Lowered) -> Iterator[Diagnostic]:
    """A gate that groups by a personal column: the groups are its values, in the evidence and on the card."""
    for model in lowered.resolution.models.values():
        for gate in model.parts.gates:
            for place, name in enumerate(gate.config().get("by", ())):
                column = model.source.table.find(name) if model.source is not None else None
                if column is not None and column.pii:
                    yield Diagnostic(
                        code="MLC710",
                        message=f"`{name}` is marked `pii`, and the groups of this gate are its values",
                        span=gate.span("by", place),
                        severity="warning",
                        help="group by something derived from it that names nobody, such as a range",
                    )


def personal_labels(lowered: Lowered) -> Iterator[Diagnostic]:
    """A service whose labels are personal: its log holds them, and decisions of that kind, for monitors."""
    for service in lowered.project.services.values():
        model = lowered.resolution.models.get(service.model)
        if model is not None and model.label is not None and model.label.pii:
            yield Diagnostic(
                code="MLC711",
                message=f"the label `{model.spec.label_name}` is marked `pii` or made of what is",
                span=service.span("model"),
                severity="warning",
                help="the service logs scores, decisions and the labels of `POST /feedback`: guard its log",
            )


def _sensitive(column: Column, sources: Mapping[str, ResolvedSource]) -> Iterator[ColumnRef]:
    """The sensitive source columns that a column is made of."""
    for reference in sorted(column.lineage):
        source = sources.get(reference.source)
        found = source.table.columns.get(reference.column) if source is not None else None
        if found is not None and found.sensitive:
            yield reference


def _marked(reference: ColumnRef, sources: Mapping[str, ResolvedSource]) -> tuple[Related, ...]:
    declared = sources[reference.source].spec.columns.get(reference.column)
    if declared is None:
        return ()
    return (Related(span=declared.span("sensitive"), message="it is marked here"),)


def needless_permissions(lowered: Lowered) -> Iterator[Diagnostic]:
    """`allow_sensitive` names a column that is no sensitive input of the model."""
    for model in lowered.resolution.models.values():
        used = _used(model, lowered.resolution.sources)
        for name in model.spec.allow_sensitive:
            if name not in used:
                message = f"`{name}` is no sensitive input of `{model.name}`"
                span = model.spec.key_span("allow_sensitive", name)
                help_line = did_you_mean(name, used) or "remove it"
                yield Diagnostic(
                    code="MLC421", message=message, span=span, severity="warning", help=help_line
                )


def _used(model: ResolvedModel, sources: Mapping[str, ResolvedSource]) -> set[str]:
    return {ref.column for feature in model.inputs for ref in _sensitive(feature.column, sources)}
