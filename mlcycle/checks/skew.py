"""What a request carries, where that is not what the model learned from."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.checks.words import known_when
from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.graph.column import NEVER
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.resolved import ResolvedView


def rewritten_requests(lowered: Lowered) -> Iterator[Diagnostic]:
    """A cleaning step gives a column other values; requests carry it as it is."""
    for model in lowered.resolution.models.values():
        for column in model.request:
            step = model.source.rewritten.get(column.name) if model.source is not None else None
            if step is None:
                continue
            message = (
                f"`{step.kind}` changes values of `{column.name}`, which requests to `{model.name}` carry: "
                "cleaning never touches a request"
            )
            related = Related(span=model.rows_span, message="the model's rows are those of this source")
            yield Diagnostic(
                code="MLC243",
                message=message,
                span=step.span,
                severity="warning",
                help="do it in a feature's `expression`, or have callers send clean values",
                related=(related,),
            )


def filled_too_early(lowered: Lowered) -> Iterator[Diagnostic]:
    """A null of a late column may mean that its value is not known yet, and is filled as if it were."""
    for source in lowered.resolution.sources.values():
        for use in source.uses:
            late = use.column.available_after if use.column is not None else None
            if use.by != "`fill_nulls`" or use.column is None or not late or late == NEVER:
                continue
            message = (
                f"`{use.name}` is known {known_when(use.column)}: until then it is null, and would be filled "
                "as if it were known"
            )
            yield Diagnostic(
                code="MLC245",
                message=message,
                span=use.span,
                severity="warning",
                help="leave it null: models set rows without a label aside, and aggregations skip nulls",
            )


def shadowed_columns(lowered: Lowered) -> Iterator[Diagnostic]:
    """A feature that is computed for each request, under the name of a column that is something else."""
    for view in lowered.resolution.views.values():
        if view.looked_up or view.source is None:
            continue
        for name in view.spec.features:
            if name in view.source.table.columns and not _chosen(view, name):
                message = f"the feature `{view.name}.{name}` has the name of a column of `{view.source.name}`"
                yield Diagnostic(
                    code="MLC244",
                    message=message,
                    span=view.spec.key_span("features", name),
                    severity="warning",
                    help="give it another name, so that who reads it can tell which is meant",
                )


def _chosen(view: ResolvedView, name: str) -> bool:
    """Whether the column is a feature itself: then the name is given twice, which is an error of its own."""
    columns = view.spec.columns
    if columns is None:
        return False
    return name in columns.only if columns.only is not None else name not in (columns.excluded or ())
