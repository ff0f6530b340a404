"""Run the steps of a source one after another: rows in, rows out and why, values changed, with examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import polars as pl

from mlcycle.graph.node import Step
from mlcycle.kinds.own import call, refused
from mlcycle.kinds.sources.changes import Changes, changed
from mlcycle.kinds.sources.conform import conform
from mlcycle.task import Table, WorkError

_ROW = "row number of mlcycle"
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What one step did. `why` is what the spec says of it."""

    step: str
    kind: str
    rows_in: int
    rows_out: int
    why: str | None = None
    changes: Changes = field(default_factory=Changes)
    removed: Table | None = None

    def figures(self) -> dict[str, Any]:
        """Rows in and out, why, and by column how many values are others, missing or filled now."""
        found: dict[str, Any] = {
            "step": self.step,
            "kind": self.kind,
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "why": self.why,
            "changed": self.changes.other,
            "made_null": self.changes.lost,
            "filled": self.changes.filled,
        }
        return {key: value for key, value in found.items() if value or key.startswith("rows")}

    def tables(self) -> tuple[Table, ...]:
        """Examples of the rows that left and of the values that changed."""
        return tuple(table for table in (self.removed, self.changes.table) if table is not None)


def work_of(step: Step) -> Callable[..., Any]:
    """The function that a step names."""
    module, _, function = step.work.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), function)
    except (ModuleNotFoundError, AttributeError) as error:
        if module.startswith("mlcycle."):
            raise
        raise WorkError("MLC816", f"`{step.work}` cannot be loaded: {error}", step=step.name) from None
    return found


def clean(
    frame: pl.DataFrame, step: Step, secret: frozenset[str], reasons: Mapping[str, str] | None = None
) -> tuple[pl.DataFrame, Cleaned]:
    """The frame after one cleaning step. reasons: step -> what the spec says of it."""
    removed, changes = None, Changes()
    if step.kind == "python":
        after = _own(frame, step)
    else:
        after = _built_in(frame.with_row_index(_ROW), step, secret)
        if _ROW in after.columns:
            removed = _removed(frame, after[_ROW], step, secret)
            after = after.drop(_ROW)
            changes = changed(frame, after, step.kind, secret)
    done = Cleaned(
        step=step.name,
        kind=step.kind,
        rows_in=frame.height,
        rows_out=after.height,
        why=(reasons or {}).get(step.name),
        changes=changes,
        removed=removed,
    )
    return after, done


def _built_in(frame: pl.DataFrame, step: Step, secret: frozenset[str]) -> pl.DataFrame:
    config = {**step.config, "secret": sorted(secret)} if secret else step.config
    try:
        after: pl.DataFrame = work_of(step)(frame, config)
    except pl.exceptions.ColumnNotFoundError as error:
        message = f"`{step.kind}` works on a column that is not there: {str(error).splitlines()[0]}"
        raise WorkError("MLC812", message, step=step.name) from None
    except WorkError as error:
        raise WorkError(error.code, error.message, step=step.name, help=error.help) from None
    return after


def _own(frame: pl.DataFrame, step: Step) -> pl.DataFrame:
    """The author's function, which gets the frame and its `params`; its columns are put into our dtypes."""
    after = call(step, frame, dict(step.config.get("params", {})))
    if not isinstance(after, pl.DataFrame):
        raise refused(step, f"returned {type(after).__name__}, not a Polars DataFrame")
    return conform(after, {"columns": []}, step=step.name)


def _removed(frame: pl.DataFrame, kept: pl.Series, step: Step, secret: frozenset[str]) -> Table | None:
    count = frame.height - len(kept)
    if not count:
        return None
    stayed = pl.Series([False]).extend_constant(False, frame.height - 1).scatter(kept, True)
    rows = frame.with_row_index("row", offset=1).filter(~stayed).head(_SHOWN)
    hidden = [pl.lit("(not shown)").alias(name) for name in rows.columns if name in secret]
    shown = rows.with_columns(hidden).cast(pl.String)
    title = f"{step.kind} removed {count:,} of {frame.height:,} rows: {shown.height} of them"
    return Table(title=title, columns=tuple(shown.columns), rows=tuple(shown.rows()))
