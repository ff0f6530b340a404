"""The steps of a view's table: each gives the changes of its features' values over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from mlcycle.graph.availability import delay
from mlcycle.graph.column import Column
from mlcycle.graph.node import Step
from mlcycle.kinds.interface import Computed, HistoryFeature, RowFeature
from mlcycle.language.project import FeatureView
from mlcycle.lowering.plain import seconds

_COLUMNS = "mlcycle.kinds.features.columns:changes"
_ROW = "mlcycle.kinds.features.row:changes"


def column_steps(columns: Iterable[Column], spec: FeatureView) -> tuple[Step, ...]:
    """Columns as they are, one step for all that become available together."""
    together: dict[timedelta, list[str]] = {}
    for column in columns:
        together.setdefault(delay(column.available_after), []).append(column.name)
    span = spec.key_span("columns")
    several = len(together) > 1
    return tuple(
        Step(
            name=f"columns.{i}" if several else "columns",
            kind="columns",
            work=_COLUMNS,
            config={"columns": names, "available_after_seconds": seconds(after)},
            span=span,
        )
        for i, (after, names) in enumerate(sorted(together.items()))
    )


def history_step(name: str, spec: HistoryFeature, column: Column) -> Step:
    """A feature made of earlier rows."""
    return Step(
        name=name,
        kind=spec.kind,
        work=spec.work,
        config={**_output(name, column), **spec.config()},
        span=spec.span(),
    )


def row_step(name: str, spec: RowFeature, column: Column, computed: Computed) -> Step:
    """A feature computed from a row of the view's source."""
    config = {**_output(name, column), "expression": computed.expression}
    return Step(name=name, kind=spec.kind, work=_ROW, config=config, span=spec.span())


def _output(name: str, column: Column) -> dict[str, object]:
    return {
        "output": name,
        "dtype": column.dtype,
        "available_after_seconds": seconds(delay(column.available_after)),
    }
