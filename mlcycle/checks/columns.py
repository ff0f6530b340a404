"""Columns that the spec names: whether they are there and have a dtype that their user takes."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.checks.words import listed
from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.resolved import Use


def _uses(lowered: Lowered) -> Iterator[Use]:
    for part in lowered.resolution.parts:
        yield from part.uses


def unknown_columns(lowered: Lowered) -> Iterator[Diagnostic]:
    """A column that the table does not have."""
    for use in _uses(lowered):
        if use.column is None:
            message = f"{use.table.title} has no column `{use.name}`, which {use.by} names"
            help_line = did_you_mean(use.name, use.table.columns)
            yield Diagnostic(code="MLC301", message=message, span=use.span, help=help_line)


def wrong_dtypes(lowered: Lowered) -> Iterator[Diagnostic]:
    """A column of a dtype that its user cannot take."""
    for use in _uses(lowered):
        found = use.column.dtype if use.column is not None else "unknown"
        if found == "unknown" or not use.accepts or found in use.accepts:
            continue
        message = f"`{use.name}` is {found}, and {use.by} takes {listed(list(use.accepts))}"
        yield Diagnostic(code="MLC302", message=message, span=use.span, help=_instead(use))


#: Preprocessing steps by what they take, as a use is by.
_OF_CATEGORIES = (
    "`one_hot`",
    "`ordinal`",
    "`frequency`",
    "`target_encode`",
    "`hashing`",
    "`category_embedding`",
)
_OF_NUMBERS = ("`standardize`", "`normalize`", "`bin`", "`clip_outliers`")


def _instead(use: Use) -> str | None:
    found = use.column.dtype if use.column is not None else "unknown"
    if use.by in _OF_CATEGORIES and found in ("int64", "float64", "bool"):
        return "numbers need no encoding; to treat one as a category, CAST it to string in an expression"
    if use.by in _OF_NUMBERS and found == "string":
        return "encode text with `one_hot`"
    if "timestamp" in use.accepts and found == "string":
        return "give the source a `timestamp_format`, or CAST the text under `derive:`"
    return None


def unusable_dtypes(lowered: Lowered) -> Iterator[Diagnostic]:
    """A model's input of a type that mlcycle has no dtype for (lists, structures, bytes)."""
    for model in lowered.resolution.models.values():
        for feature in model.inputs:
            source = lowered.resolution.views[feature.view].source
            plain = feature.name in (
                source.read.columns if source is not None and source.table.complete else ()
            )
            if plain and feature.column.dtype == "unknown":
                message = f"`{feature.name}` has a type that a model cannot take"
                help_line = "leave it out, or derive a number or a text from it"
                yield Diagnostic(code="MLC310", message=message, span=feature.column.span, help=help_line)


def times_as_features(lowered: Lowered) -> Iterator[Diagnostic]:
    """A timestamp as a feature: a model would learn the calendar by heart."""
    for model in lowered.resolution.models.values():
        for feature in model.inputs:
            if feature.column.dtype in ("timestamp", "date"):
                message = f"`{feature.name}` is a {feature.column.dtype}, which is no input of a model"
                part = f"{{kind: timestamp_part, column: {feature.name}, part: hour_of_day}}"
                yield Diagnostic(
                    code="MLC307",
                    message=message,
                    span=feature.column.span,
                    help=f"take a part of it under `features:`, such as `{part}`",
                )


#: The dtypes of a label, by task.
LABELS = {
    "binary_classification": ("bool", "int64", "float64"),
    "multiclass_classification": ("string", "int64", "bool"),
    "regression": ("float64", "int64"),
}


def labels(lowered: Lowered) -> Iterator[Diagnostic]:
    """A label that the task cannot learn."""
    for model in lowered.resolution.models.values():
        found = model.label.dtype if model.label is not None else "unknown"
        accepted = LABELS[model.spec.task]
        if found == "unknown" or found in accepted:
            continue
        message = f"the label `{model.spec.label_name}` is {found}, which {model.spec.task} cannot learn"
        yield Diagnostic(
            code="MLC309",
            message=message,
            span=model.spec.span("label"),
            help=_label_help(model.spec.task, found),
        )


def _label_help(task: str, found: str) -> str:
    if task == "binary_classification":
        return "derive one that is true or false: `unpaid: {expression: \"status = 'unpaid'\", dtype: bool}`"
    if task == "regression":
        return "use `task: binary_classification` or `task: multiclass_classification`"
    return "use `task: regression`" if found == "float64" else "derive a text or a whole number"
