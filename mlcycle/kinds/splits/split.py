"""Give each labelled row a side; rows without a label and rows in a gap are counted, never used."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from mlcycle.graph.node import Step
from mlcycle.kinds.splits import drift, folds, leakage
from mlcycle.kinds.splits.figures import side_figures
from mlcycle.task import CheckResult, Outcome, Table, Task, WorkError

SIDES = ("train", "validation", "test")


def split(task: Task) -> Outcome:
    """Write `split.parquet`: `row_id`, `side` (train, validation, test, gap, unused, unlabelled), its folds.

    MLC858: no row has a label, or a side that was asked for came out empty (MLC885: of a fold). MLC879: the
    dataset is older than the split's declaration.
    """
    dataset = pl.read_parquet(task.inputs["dataset"].path / "dataset.parquet").sort("row_id")
    labelled = dataset.filter(pl.col("label").is_not_null())
    if labelled.height == 0:
        raise WorkError("MLC858", "no row of the dataset has a label", step="split")
    step = task.steps()[0]
    sides = _assigned(labelled, step)
    assigned = sides.with_columns(labelled["row_id"])
    whole = dataset.select("row_id").join(assigned, on="row_id", how="left").sort("row_id")
    whole = whole.with_columns(pl.col("side").fill_null("unlabelled"))
    rows = labelled.hstack(sides)
    kind, timed = task.node.config["task"], not task.node.config.get("secret_time", False)
    found = {side: side_figures(rows.filter(pl.col("side") == side), kind, timed=timed) for side in SIDES}
    _refuse_empty(found, step.config, gap=int((whole["side"] == "gap").sum()))
    folds.refuse_empty(rows, step.config)
    whole.write_parquet(task.out / "split.parquet")
    task.progress("comparing the sides", 0.5)
    outcome = _outcome(whole, found, _differences(rows, task), tuple(_checks(rows, task)))
    return _with_folds(outcome, folds.figures(rows, kind, _features(task), timed=timed))


def _assigned(labelled: pl.DataFrame, step: Step) -> pl.DataFrame:
    """`side` of each row, and what each fold does with it."""
    try:
        sides: pl.Series | pl.DataFrame = pkgutil.resolve_name(step.work)(labelled, step.config)
    except pl.exceptions.ColumnNotFoundError as error:
        message = f"the dataset lacks a column that the split reads: {str(error).splitlines()[0]}"
        help = "it was built before the split named the column: run the dataset as well"
        raise WorkError("MLC879", message, step=step.name, help=help) from None
    return sides if isinstance(sides, pl.DataFrame) else sides.alias("side").to_frame()


def _features(task: Task) -> list[str]:
    return [feature["name"] for feature in task.node.config.get("features", ())]


def _differences(rows: pl.DataFrame, task: Task) -> tuple[drift.Difference, ...]:
    train, test = (rows.filter(pl.col("side") == side) for side in ("train", "test"))
    return drift.differences(train, test, _features(task))


def _checks(rows: pl.DataFrame, task: Task) -> Iterator[CheckResult]:
    """The checks that the node declares."""
    config = task.node.config
    for check in task.node.checks:
        match check.name:
            case "single_feature":
                train = rows.filter(pl.col("side") == "train")
                yield leakage.single_features(train, _features(task), config["task"])
            case "repeated_rows":
                yield leakage.repeated_rows(rows)
            case "shuffled":
                yield leakage.shuffled(rows, config["timestamp"])
            case "groups_apart":
                yield leakage.torn_groups(rows, config["together"])
            case "folds_in_time":
                yield folds.in_time(rows, task.steps()[0].config)


def _with_folds(outcome: Outcome, found: list[dict[str, Any]]) -> Outcome:
    if not found:
        return outcome
    figures = {**outcome.figures, "folds": found}
    return replace(outcome, figures=figures, tables=(*outcome.tables, folds.table(found)))


def _refuse_empty(found: dict[str, dict[str, Any]], config: Any, *, gap: int) -> None:
    for side in ("train", "test", *(["validation"] if _validated(config) else [])):
        if found[side]["rows"] == 0:
            raise WorkError(
                "MLC858",
                f"the {side} side of the split has no rows; {gap:,} rows fell into a gap between sides",
                step="split",
                help="give the side a larger share or other dates, or use data over a longer time",
            )


def _validated(config: Any) -> bool:
    return bool(config.get("validation") or config.get("validation_until"))


def _outcome(
    whole: pl.DataFrame,
    found: dict[str, dict[str, Any]],
    differences: tuple[drift.Difference, ...],
    checks: tuple[CheckResult, ...],
) -> Outcome:
    counts = dict(whole["side"].value_counts().iter_rows())
    rows = tuple((side, f["rows"], f["from"], f["to"], str(f["label"])) for side, f in found.items())
    aside = {"gap": counts.get("gap", 0), "unlabelled": counts.get("unlabelled", 0)}
    if "unused" in counts:
        aside["unused"] = counts["unused"]
    drifted = {"drift": drift.as_figures(differences)} if differences else {}
    sides = Table(title="Sides", columns=("side", "rows", "from", "to", "label"), rows=rows)
    return Outcome(
        figures={**found, **aside, **drifted},
        key_figure=" / ".join(f"{found[side]['rows']:,}" for side in SIDES) + " rows",
        checks=checks,
        tables=(sides, drift.as_table(differences, "train and test")) if differences else (sides,),
    )
