"""The rules of time (docs/rules-of-time.md): nothing that is known later may be an input."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.checks.words import known_when, spoken
from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.diagnostics.span import Span
from mlcycle.graph.availability import may_be_requested, sees_own_row
from mlcycle.graph.column import NEVER, Column
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.resolved import Feature, ResolvedModel, ResolvedSource

_OWN_ROW = "leave it out; an `aggregation` or a `lag` over it sees what was known by then"
_KEY = "look it up by a key that is known when the prediction is made"


def late_columns(lowered: Lowered) -> Iterator[Diagnostic]:
    """Rule 3: a column of the predicted row that is known only later."""
    for model in lowered.resolution.models.values():
        if model.source is None:
            continue
        horizon = model.horizon if model.spec.predict_at is None else None
        for feature in model.program:
            for name in feature.request:
                column = model.source.table.find(name)
                if column is not None and not may_be_requested(column.available_after, horizon):
                    place = feature.places.get(name, feature.column.span)
                    user = f"the feature `{feature.full_name}`"
                    yield _late(model, model.source, column, user, place, _OWN_ROW)
        for name, span in _keys(model, lowered):
            column = model.source.table.find(name)
            if column is not None and not may_be_requested(column.available_after, horizon):
                yield _late(model, model.source, column, "a lookup by it", span, _KEY)


def _keys(model: ResolvedModel, lowered: Lowered) -> Iterator[tuple[str, Span]]:
    for view in model.lookups:
        entity = lowered.resolution.views[view].spec.span("entity")
        for key in lowered.resolution.views[view].keys:
            yield key.name, entity


def _late(
    model: ResolvedModel, source: ResolvedSource, column: Column, user: str, span: Span, instead: str
) -> Diagnostic:
    when = known_when(column)
    moment = f"{spoken(model.horizon)} before it" if model.horizon else f"at {_moment(model)}"
    message = f"`{column.name}` is known {when}, and `{model.name}` predicts {moment}: {user} would leak"
    if column.available_after == NEVER:
        message = f"`{column.name}` must never be a feature (`available_after: never`)"
    return Diagnostic(
        code="MLC401",
        message=message,
        span=span,
        help=_of_the_source(column, source) or instead,
        related=_declared(column, source),
    )


def _moment(model: ResolvedModel) -> str:
    return f"the time in `{model.spec.predict_at}`" if model.spec.predict_at is not None else "its time"


def _of_the_source(column: Column, source: ResolvedSource) -> str | None:
    """What to do where it is the whole source that was declared late."""
    of_columns = any(
        source.spec.columns[ref.column].available_after is not None
        for ref in column.lineage
        if ref.column in source.spec.columns
    )
    if source.spec.available_after is None or of_columns:
        return None
    return "declare `available_after` for the columns that come late, not for the whole source"


def _declared(column: Column, source: ResolvedSource) -> tuple[Related, ...]:
    """Where a column's availability was written: its own, that of a column it is made of, its source's."""
    for name in (column.name, *sorted(ref.column for ref in column.lineage if ref.source == source.name)):
        declared = source.spec.columns.get(name)
        if declared is not None and declared.available_after is not None:
            place = declared.span("available_after")
            return (Related(span=place, message=f"the availability of `{name}` is declared here"),)
    if source.spec.available_after is not None:
        place = source.spec.span("available_after")
        return (Related(span=place, message="the availability of the whole source is declared here"),)
    return ()


def label_in_features(lowered: Lowered) -> Iterator[Diagnostic]:
    """Features of the row itself that together hold all that its label is made of."""
    for model in lowered.resolution.models.values():
        label = model.label
        if label is None or not label.lineage or label.available_after is not None:
            continue
        own = [feature for feature in model.program if feature.request]
        held = frozenset().union(*(feature.column.lineage for feature in own))
        if not label.lineage <= held:
            continue
        for feature in own:
            if feature.column.lineage & label.lineage and not feature.others:
                told = f"the label `{model.spec.label_name}` of its own row"
                message = f"the feature `{feature.full_name}` tells {told}"
                help_line = (
                    "leave it out, and declare when the label's columns are known: `available_after: 24h`"
                )
                related = Related(span=model.spec.span("label"), message="the label is declared here")
                span = next(iter(feature.places.values()), feature.column.span)
                yield Diagnostic(
                    code="MLC402", message=message, span=span, help=help_line, related=(related,)
                )


def own_label(lowered: Lowered) -> Iterator[Diagnostic]:
    """Rule 5: a feature of earlier rows that would know the label of the predicted row itself."""
    for model in _of_a_column(lowered):
        for feature in model.label_history:
            if not sees_own_row(feature.column.available_after, model.horizon):
                continue
            message = (
                f"`{feature.full_name}` is made of the label's column, known {known_when(feature.column)}: "
                "at the moment of prediction it holds the row's own label"
            )
            yield Diagnostic(
                code="MLC405",
                message=message,
                span=_place(feature),
                help="declare when the column is known, such as `available_after: 24h`",
                related=(Related(span=model.spec.span("label"), message="the label is declared here"),),
            )


def own_row(lowered: Lowered) -> Iterator[Diagnostic]:
    """Rule 4: earlier rows are other rows. Known at the event and read at the event, a feature would hold the
    predicted row itself: in training only, since in service that row is in no store yet."""
    for model in lowered.resolution.models.values():
        labelled = {feature.full_name for feature in model.label_history}
        for view, features in model.lookups.items():
            if lowered.resolution.views[view].source is model.source and model.spec.predict_at is None:
                for feature in features:
                    held = sees_own_row(feature.column.available_after, model.horizon)
                    if held and feature.full_name not in labelled:
                        yield _holds_itself(model, feature)


def _holds_itself(model: ResolvedModel, feature: Feature) -> Diagnostic:
    message = (
        f"`{feature.full_name}` is known {known_when(feature.column)} and `{model.name}` predicts at the "
        "event: in training it would hold the predicted row itself, in service it cannot"
    )
    return Diagnostic(
        code="MLC412",
        message=message,
        span=_place(feature),
        help="predict before the event (`horizon: 1m`), or say when it is known (`available_after: 1m`)",
    )


def undeclared_delay(lowered: Lowered) -> Iterator[Diagnostic]:
    """A feature reads earlier labels, and nobody says when a label is known."""
    for model in _of_a_column(lowered):
        for feature in model.label_history:
            if feature.column.available_after is not None or sees_own_row(None, model.horizon):
                continue
            message = f"`{feature.full_name}` reads earlier labels as if each were known at the event"
            yield Diagnostic(
                code="MLC409",
                message=message,
                span=_place(feature),
                severity="warning",
                help="declare when the column is known: `available_after: 24h`, or `0s` if that is so",
            )


def _of_a_column(lowered: Lowered) -> Iterator[ResolvedModel]:
    """The models whose label is a column of the row itself; `checks.later` looks at the others."""
    return (model for model in lowered.resolution.models.values() if model.later is None)


def _place(feature: Feature) -> Span:
    return next(iter(feature.places.values()), feature.column.span)


def never(lowered: Lowered) -> Iterator[Diagnostic]:
    """A column that must never be a feature, in a feature that is looked up."""
    for view in lowered.resolution.views.values():
        for feature in view.features.values() if view.looked_up else ():
            if feature.column.available_after == NEVER and view.source is not None:
                message = f"`{feature.full_name}` is made of a column that must never be a feature"
                yield Diagnostic(
                    code="MLC406",
                    message=message,
                    span=_place(feature),
                    help="leave it out",
                    related=_declared(feature.column, view.source),
                )
