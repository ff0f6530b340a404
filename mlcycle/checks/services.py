"""What a service keeps of its predictions, and where it learns what they should have been."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.checks.columns import LABELS
from mlcycle.checks.words import listed
from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.kinds.interface import contradicts
from mlcycle.language.services import Labels, Service
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.resolved import ResolvedModel, ResolvedSource
from mlcycle.lowering.served import Served, served

_Found = tuple[Service, ResolvedModel, Served]


def _services(lowered: Lowered) -> Iterator[_Found]:
    for spec in lowered.project.services.values():
        model = lowered.resolution.models.get(spec.model)
        if model is not None and model.source is not None:
            yield spec, model, served(spec, model, lowered.resolution.sources)


def labels(lowered: Lowered) -> Iterator[Diagnostic]:
    """Labels that cannot be read, are of a type that the task does not know, or join no prediction."""
    for spec, model, found in _services(lowered):
        if spec.labels is not None and found.labels is not None:
            yield from _column(spec.labels, model, found.labels)
            yield from _key(spec.labels, model, found)


def _column(spec: Labels, model: ResolvedModel, source: ResolvedSource) -> Iterator[Diagnostic]:
    if spec.column is None:
        return
    column = source.table.find(spec.column)
    if column is None:
        message = f"{source.table.title} has no column `{spec.column}`, which `labels` names"
        help_line = did_you_mean(spec.column, source.table.columns)
        yield Diagnostic(code="MLC301", message=message, span=spec.span("column"), help=help_line)
    elif column.dtype not in ("unknown", *LABELS[model.spec.task]):
        takes = listed(list(LABELS[model.spec.task]))
        message = f"`{spec.column}` is {column.dtype}, and `labels` of a {model.spec.task} takes {takes}"
        yield Diagnostic(code="MLC302", message=message, span=spec.span("column"))


def _key(spec: Labels, model: ResolvedModel, found: Served) -> Iterator[Diagnostic]:
    if not found.key:
        message = f"nothing identifies a row of `{spec.source}`, so its labels belong to no prediction"
        help_line = "give the source a `key:`, or mark a column `unique: true`"
        yield Diagnostic(code="MLC652", message=message, span=spec.span("source"), help=help_line)
    requested = {column.name: column.dtype for column in model.request}
    for column in found.key:
        dtype = requested.get(column.name, column.dtype)
        if contradicts(dtype, column.dtype) and contradicts(column.dtype, dtype):
            message = f"`{column.name}` is {column.dtype} in `{spec.source}` and {dtype} in a request"
            help_line = "give both the same type, or they never meet"
            yield Diagnostic(code="MLC653", message=message, span=spec.span("source"), help=help_line)


def redaction(lowered: Lowered) -> Iterator[Diagnostic]:
    """Columns that are to be left out of the log: they must be carried, and not be needed there."""
    for spec, model, found in _services(lowered):
        carried = [column.name for column in (*model.request, *found.context)]
        for i, name in enumerate(spec.log.redact if spec.log is not None else ()):
            if name not in carried:
                yield _not_carried(spec, i, name, carried)
        yield from _needed(spec, found)


def _not_carried(spec: Service, place: int, name: str, carried: list[str]) -> Diagnostic:
    return Diagnostic(
        code="MLC650",
        message=f"no request carries `{name}`, so there is nothing to redact",
        span=spec.span("log", "redact", place),
        help=did_you_mean(name, carried) or "remove it",
    )


def _needed(spec: Service, found: Served) -> Iterator[Diagnostic]:
    named = spec.log.redact if spec.log is not None else ()
    for column in found.key:
        if column.name in named:
            message = f"labels are joined to predictions by `{column.name}`"
            span = spec.span("log", "redact", named.index(column.name))
            help_line = "keep it in the log, or join labels by another `key:` of their source"
            yield Diagnostic(code="MLC651", message=message, span=span, help=help_line)
        elif column.name in found.marked and spec.labels is not None:
            message = f"labels would be joined by `{column.name}`, which is marked `pii` and so never logged"
            help_line = (
                "give the source of the labels a `key:` that is not personal, or send `POST /feedback`"
            )
            span = spec.labels.span("source")
            yield Diagnostic(code="MLC651", message=message, span=span, help=help_line)
    if found.sticky_by in named and found.sticky_by not in [column.name for column in found.key]:
        message = (
            f"requests are divided by `{found.sticky_by}`: without it the log cannot show that they were"
        )
        span = spec.span("log", "redact", named.index(found.sticky_by))
        yield Diagnostic(code="MLC651", message=message, span=span, help="keep it in the log")
