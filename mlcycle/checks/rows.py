"""The time of rows: when it is known that they exist (rule of time 6), and rows that have none."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.checks.words import known_when, spoken
from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.diagnostics.span import Span
from mlcycle.graph.column import NEVER, Column
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.resolved import ResolvedModel, ResolvedSource


def dropped_rows(lowered: Lowered) -> Iterator[Diagnostic]:
    """Rule 6: rows are dropped by a value that is known late, and something counts the rows before that."""
    for source in lowered.resolution.sources.values():
        for drop in source.drops:
            late = drop.column.available_after
            base = source.spec.available_after
            if late is None or (base is not None and late <= base):
                continue
            yield from _of_features(lowered, source, drop.kind, drop.column, drop.span)
            yield from _of_models(lowered, source, drop.kind, drop.column, drop.span)


def _of_features(
    lowered: Lowered, source: ResolvedSource, kind: str, column: Column, span: Span
) -> Iterator[Diagnostic]:
    late = column.available_after
    assert late is not None
    for view in lowered.resolution.views.values():
        if not view.looked_up or view.source is not source:
            continue
        early = [f for f in view.features.values() if _before(f.column, column)]
        if early:
            feature = early[0]
            message = (
                f"`{kind}` drops rows by `{column.name}`, known {known_when(column)}, but "
                f"`{feature.full_name}` reads these rows {_from(feature.column)}"
            )
            related = Related(span=feature.column.span, message=f"`{feature.full_name}` is declared here")
            yield Diagnostic(
                code="MLC403",
                message=message,
                span=span,
                help="keep the rows: aggregations skip nulls, and models set rows without a label aside",
                related=(related,),
            )


def _before(column: Column, dropped_by: Column) -> bool:
    late = dropped_by.available_after
    return late is not None and (column.available_after is None or column.available_after < late)


def _from(column: Column) -> str:
    return (
        "at once"
        if column.available_after is None
        else f"from {spoken(column.available_after)} after the event"
    )


def _of_models(
    lowered: Lowered, source: ResolvedSource, kind: str, column: Column, span: Span
) -> Iterator[Diagnostic]:
    for model in lowered.resolution.models.values():
        if model.source is not source:
            continue
        message = (
            f"`{kind}` drops rows by `{column.name}`, known {known_when(column)}, but `{model.name}` "
            "has to predict them before anybody knows"
        )
        related = Related(span=model.rows_span, message="the model's rows are those of this source")
        yield Diagnostic(
            code="MLC404",
            message=message,
            span=span,
            help="keep the rows: the model sets rows without a label aside and counts them",
            related=(related,),
        )


def timeless(lowered: Lowered) -> Iterator[Diagnostic]:
    """An availability without an event time to count from."""
    for source in lowered.resolution.sources.values():
        spec = source.spec
        if spec.timestamp is not None:
            continue
        places = [spec.span("available_after")] if spec.available_after is not None else []
        places += [
            column.span("available_after")
            for column in spec.columns.values()
            if column.available_after is not None and column.available_after != NEVER
        ]
        for place in places:
            message = (
                f"`available_after` counts from an event time, and `{source.name}` declares no `timestamp`"
            )
            yield Diagnostic(
                code="MLC410", message=message, span=place, help="add `timestamp:` to the source"
            )


def timeless_models(lowered: Lowered) -> Iterator[Diagnostic]:
    """A horizon, or a lookup of values that change, for rows that have no time."""
    for model in lowered.resolution.models.values():
        if model.source is None or model.timestamp is not None or model.spec.predict_at is not None:
            continue
        if model.spec.horizon:
            message = (
                f"`horizon` counts from an event time, and `{model.source.name}` declares no `timestamp`"
            )
            span, help_line = model.spec.span("horizon"), "add `timestamp:` to the source"
            yield Diagnostic(code="MLC410", message=message, span=span, help=help_line)
        yield from _lookups_over_time(lowered, model, model.source)


def _lookups_over_time(
    lowered: Lowered, model: ResolvedModel, source: ResolvedSource
) -> Iterator[Diagnostic]:
    for name in model.lookups:
        other = lowered.resolution.views[name].source
        if other is not None and other.spec.timestamp is not None:
            message = (
                f"`{name}` changes over time, and the rows of `{source.name}` have none to look it up at"
            )
            yield Diagnostic(
                code="MLC413",
                message=message,
                span=_reference(model, name),
                help=f"add `timestamp:` to the source `{source.name}`, or `predict_at:` to the model",
            )


def _reference(model: ResolvedModel, view: str) -> Span:
    names = [reference.partition(".")[0] for reference in model.spec.features]
    return model.spec.span("features", names.index(view)) if view in names else model.spec.span("features")
