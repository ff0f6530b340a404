"""The folds of a split: what each does with a row, and what there is to say of it.

`split.parquet` has a column `fold.<i>` for each: train, validation (stops early), held_out (judged), gap, or
null for rows that it does not see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.splits import drift
from mlcycle.kinds.splits.figures import side_figures
from mlcycle.kinds.splits.moments import moments
from mlcycle.task import CheckResult, Table, WorkError

SIDES = ("train", "validation", "held_out")


def fold_name(number: int) -> str:
    """The column of a fold, counted from 1."""
    return f"fold.{number}"


def fold_names(columns: list[str]) -> tuple[str, ...]:
    """The columns of folds among `columns`, in order."""
    count = sum(name.startswith("fold.") for name in columns)
    return tuple(fold_name(number) for number in range(1, count + 1))


def refuse_empty(rows: pl.DataFrame, config: Mapping[str, Any]) -> None:
    """MLC885: a fold has no rows to learn from, to stop early by, or to be judged by."""
    needed = [side for side in SIDES if side != "validation" or config.get("validation")]
    for name in fold_names(rows.columns):
        counts = dict(rows[name].value_counts().iter_rows())
        empty = next((side for side in needed if not counts.get(side)), None)
        if empty is not None:
            number, gap = name.removeprefix("fold."), counts.get("gap", 0)
            raise WorkError(
                "MLC885",
                f"fold {number} has no {empty.replace('_', '-')} rows; {gap:,} of its rows fell into a gap",
                step="split",
                help="take fewer folds, or data over a longer time",
            )


def figures(
    rows: pl.DataFrame, task: str, features: list[str], *, timed: bool = True
) -> list[dict[str, Any]]:
    """Of each fold: rows, times and mean label a side, rows in gaps, and how much each feature drifts."""
    found = []
    for name in fold_names(rows.columns):
        of = {side: rows.filter(pl.col(name) == side) for side in SIDES}
        sides = {side: side_figures(part, task, timed=timed) for side, part in of.items()}
        found.append({**sides, **_figures(rows, name, of, features)})
    return found


def _figures(
    rows: pl.DataFrame, name: str, of: Mapping[str, pl.DataFrame], features: list[str]
) -> dict[str, Any]:
    drifted = drift.as_figures(drift.differences(of["train"], of["held_out"], features))
    return {"gap": int((rows[name] == "gap").sum()), **({"drift": drifted} if drifted else {})}


def table(found: list[dict[str, Any]]) -> Table:
    """The folds with the feature that drifts most between what each learned from and what judges it."""
    rows = []
    for number, fold in enumerate(found, 1):
        most = max(fold.get("drift", {}).items(), key=lambda item: item[1], default=("", None))
        counts = (fold[side]["rows"] for side in SIDES)
        held_out = fold["held_out"]
        rows.append((number, *counts, fold["gap"], held_out["from"], held_out["to"], *most))
    columns = (*("fold", *SIDES, "gap"), "held out from", "to", "most drift in", "psi")
    return Table(title="Folds", columns=columns, rows=tuple(rows))


def in_time(rows: pl.DataFrame, config: Mapping[str, Any]) -> CheckResult:
    """Whether all that a fold learns from was known before the first row that it holds out was predicted."""
    of, early = moments(rows, config), []
    for name in fold_names(rows.columns):
        learned = rows.filter(pl.col(name).is_in(["train", "validation"]))[of.begins]
        begin: Any = rows.filter(pl.col(name) == "held_out")[of.ends.name].min()
        late = int((learned > begin - of.gap).sum())
        early += [(name, late)] if late else []
    told = ", ".join(f"{name} ({late:,} rows)" for name, late in early)
    return CheckResult(
        name="folds_in_time",
        verdict="fail" if early else "pass",
        message=f"labels were not known yet in {told}" if early else "every fold learns from what was known",
        figure=float(sum(late for _, late in early)),
        limit="0",
        rows=rows.height,
    )


def torn(rows: pl.DataFrame, names: list[str]) -> Iterator[pl.DataFrame]:
    """For each fold the groups of `names` that it tears apart."""
    for name in fold_names(rows.columns):
        used = rows.filter(pl.col(name).is_in(SIDES))
        sides = used.group_by(names).agg(pl.col(name).n_unique())
        yield sides.filter(pl.col(name) > 1)
