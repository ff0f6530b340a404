"""Populations, and labels made of later events (rule of time 5)."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.checks.words import known_when
from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.graph.availability import sees_its_own_future
from mlcycle.graph.column import NEVER
from mlcycle.language.rows import LaterEvents
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.resolved import Feature, Later, ResolvedModel
from mlcycle.lowering.rows import AS_OF

_Found = tuple[ResolvedModel, Later, LaterEvents]


def _models(lowered: Lowered) -> Iterator[_Found]:
    """The models with a label of later events."""
    for model in lowered.resolution.models.values():
        if model.later is not None and isinstance(model.spec.label, LaterEvents):
            yield model, model.later, model.spec.label


def shared_events(lowered: Lowered) -> Iterator[Diagnostic]:
    """An event at the moment of prediction would be in a feature and in the label."""
    for model, later, label in _models(lowered):
        for view, features in model.lookups.items():
            if lowered.resolution.views[view].source is not later.source:
                continue
            for feature in features:
                if sees_its_own_future(feature.column.available_after):
                    yield _shared(feature, label)


def _shared(feature: Feature, label: LaterEvents) -> Diagnostic:
    message = (
        f"`{feature.full_name}` reads rows of `{label.source}` that are known {known_when(feature.column)}: "
        "one at the moment of prediction would be in the feature and in the label"
    )
    return Diagnostic(
        code="MLC350",
        message=message,
        span=next(iter(feature.places.values()), feature.column.span),
        help="say when its values are known: `available_after: 1m`",
        related=(Related(span=label.span(), message="the label covers later events from that moment on"),),
    )


def own_events(lowered: Lowered) -> Iterator[Diagnostic]:
    """A row that is one of the events of its own label, and is predicted at its time from its own columns."""
    for model, later, label in _models(lowered):
        own = [feature for feature in model.program if feature.request]
        at_its_time = not model.horizon and model.spec.predict_at in (None, model.timestamp)
        if later.source is not model.source or not at_its_time or not own:
            continue
        message = (
            f"each row of `{label.source}` is an event of its own label, and `{own[0].full_name}` is of the "
            "row itself: at the moment of prediction it is in both"
        )
        yield Diagnostic(
            code="MLC350",
            message=message,
            span=label.span("source"),
            help="predict at another time (`predict_at:`), or take the rows of another source",
        )


def timeless(lowered: Lowered) -> Iterator[Diagnostic]:
    """Later events of a source without a time, or later than rows without one."""
    for model, later, label in _models(lowered):
        if later.source.spec.timestamp is None:
            message = f"events of `{label.source}` have no time, so none of them is later than another"
            help_line = f"add `timestamp:` to the source `{label.source}`"
            yield Diagnostic(code="MLC351", message=message, span=label.span("source"), help=help_line)
        if model.source is not None and model.timestamp is None:
            message = f"rows of `{model.source.name}` have no time, so no event is later than one"
            help_line = f"add `timestamp:` to the source `{model.source.name}`"
            yield Diagnostic(code="MLC351", message=message, span=model.rows_span, help=help_line)


def numbers_for_yes_or_no(lowered: Lowered) -> Iterator[Diagnostic]:
    """A yes or no that is learned from a number of any size."""
    for model, _, label in _models(lowered):
        dtype = model.label.dtype if model.label is not None else "unknown"
        plain = label.function in ("first", "last", "min", "max") or dtype in ("bool", "string", "unknown")
        if model.spec.task == "binary_classification" and not plain:
            message = f"`{label.function}` gives a number, and {model.spec.task} learns true and false"
            help_line = "use `function: any` over a column that is true or false, or `task: regression`"
            yield Diagnostic(code="MLC352", message=message, span=label.span("function"), help=help_line)


def moments_without_a_population(lowered: Lowered) -> Iterator[Diagnostic]:
    """A feature of the moment of a population, for a model whose rows are those of a source."""
    for model in lowered.resolution.models.values():
        if model.members is not None or model.source is None:
            continue
        for feature in model.program:
            view = lowered.resolution.views[feature.view]
            if view.source is None and AS_OF in feature.request:
                message = (
                    f"`{AS_OF}` is the moment of a population's row, and the rows of `{model.name}` are "
                    f"those of `{model.source.name}`"
                )
                yield Diagnostic(
                    code="MLC353",
                    message=message,
                    span=feature.places.get(AS_OF, feature.column.span),
                    help="give the feature view the `source:`, and name its time",
                    related=(Related(span=model.rows_span, message="the model's rows are declared here"),),
                )


def never_members(lowered: Lowered) -> Iterator[Diagnostic]:
    """A population of rows of which nobody ever knows that they are there."""
    for model in lowered.resolution.models.values():
        if model.members is not None and model.members.known_after == NEVER:
            name = model.members.source.name
            message = f"that a row of `{name}` is there is never known, so nobody is in the population"
            help_line = "take another source, or drop no rows by a column with `available_after: never`"
            yield Diagnostic(code="MLC354", message=message, span=model.rows_span, help=help_line)


def keys(lowered: Lowered) -> Iterator[Diagnostic]:
    """An entity whose key has the name of the population's own column."""
    for model in lowered.resolution.models.values():
        if model.members is not None and AS_OF in (key.name for key in model.members.keys):
            message = f"`{AS_OF}` is a column of every population, and of this entity's key as well"
            help_line = "call the column something else under `clean:` (`rename`)"
            yield Diagnostic(code="MLC356", message=message, span=model.rows_span, help=help_line)


def labels_of_services(lowered: Lowered) -> Iterator[Diagnostic]:
    """What a service says of where labels come from does not go with how its model's label is made."""
    for service in lowered.project.services.values():
        model = lowered.resolution.models.get(service.model)
        if model is None or service.labels is None:
            continue
        named, label = service.labels, model.spec.label
        if not isinstance(label, LaterEvents):
            if named.column is None:
                message = f"the label of `{model.name}` is a column, and `labels` names none"
                help_line = f"add `column:`, with what `{label}` has where the outcome is known"
                yield Diagnostic(code="MLC375", message=message, span=named.span(), help=help_line)
        elif named.column is not None:
            message = f"the label of `{model.name}` is made of later events: no column of a source has it"
            help_line = "remove `column:`; the outcome is made of the events, as the label is"
            yield Diagnostic(code="MLC355", message=message, span=named.key_span("column"), help=help_line)
        elif named.source != label.source:
            message = f"the label of `{model.name}` is made of events of `{label.source}`"
            yield Diagnostic(
                code="MLC376",
                message=f"{message}, and `labels` names `{named.source}`",
                span=named.span("source"),
                help=f"`labels: {{source: {label.source}}}`",
                related=(Related(span=label.span("source"), message="the label's events are named here"),),
            )
