"""Cross-validation: in each fold everything is fitted anew, and judged by the rows that it held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

import polars as pl

from mlcycle.kinds.splits.folds import fold_names
from mlcycle.kinds.trainers.fitting import Progress, Recipe, Side, learn
from mlcycle.kinds.trainers.sides import check_rows
from mlcycle.task import Table, WorkError


def cross_validate(
    recipe: Recipe, dataset: pl.DataFrame, split: pl.DataFrame, progress: Progress
) -> dict[str, Any] | None:
    """What `training.json` says of the folds; None for a split without any.

    `rows`: of each fold, by side. `best_rounds`. `metrics`: metric -> `mean`, `std` (of a sample) and
    `folds`, the figure of each. Where one fold's cannot be computed, it, mean and std are None.
    """
    names = fold_names(split.columns)
    if not names:
        return None
    rows, rounds, found = [], [], []
    for number, name in enumerate(names, 1):
        sides = _sides(recipe, dataset, split, name)
        held_out = sides["held_out"]

        def told(message: str, share: float | None, number: int = number) -> None:
            done = (number - 1 + (share or 0.0)) / (len(names) + 1)
            progress(f"fold {number} of {len(names)}: {message}", done)

        told("fitting preprocessing", 0.0)
        learned = _learned(recipe, sides, number, told)
        found.append(recipe.metrics(held_out.labels, learned.scores(held_out)))
        rows.append({side: len(part.inputs) for side, part in sides.items()})
        rounds.append(learned.model.best_round)
    return {"rows": rows, "best_rounds": rounds, "metrics": _summed(found)}


def _sides(recipe: Recipe, dataset: pl.DataFrame, split: pl.DataFrame, name: str) -> dict[str, Side]:
    number = name.removeprefix("fold.")
    found = {}
    for side in ("train", "validation", "held_out"):
        chosen = split.filter(pl.col(name) == side).select("row_id")
        rows = dataset.join(chosen, on="row_id", how="semi").sort("row_id")
        if side == "validation" and not rows.height:
            continue
        if side != "held_out":
            check_rows(rows, f"{side} (fold {number})", task=recipe.task, classes=recipe.classes)
        found[side] = recipe.side(rows)
    return found


def _learned(recipe: Recipe, sides: Mapping[str, Side], number: int, progress: Progress) -> Any:
    try:
        return learn(recipe, sides["train"], sides.get("validation"), progress)
    except WorkError as error:
        message = f"in fold {number}: {error.message}"
        raise WorkError(error.code, message, step=error.step, help=error.help) from error


def _summed(found: Sequence[Mapping[str, float | None]]) -> dict[str, dict[str, Any]]:
    made = {}
    for metric in found[0]:
        figures = [fold[metric] for fold in found]
        known = [figure for figure in figures if figure is not None]
        whole = len(known) == len(figures)
        made[metric] = {
            "mean": fmean(known) if whole else None,
            "std": stdev(known) if whole else None,
            "folds": figures,
        }
    return made


def tracked(folds: Mapping[str, Any] | None) -> dict[str, float]:
    """The figures as a tracker's metrics: `folds.roc_auc.mean`, `folds.roc_auc.std`, `fold.1.roc_auc`..."""
    flat: dict[str, float | None] = {}
    for metric, found in (folds or {"metrics": {}})["metrics"].items():
        flat |= {f"folds.{metric}.mean": found["mean"], f"folds.{metric}.std": found["std"]}
        flat |= {f"fold.{number}.{metric}": value for number, value in enumerate(found["folds"], 1)}
    return {name: value for name, value in flat.items() if value is not None}


def key_figure(folds: Mapping[str, Any]) -> str:
    """The first metric that every fold has: `roc_auc 0.741 ± 0.012 over 5 folds`."""
    count = len(folds["rows"])
    for metric, found in folds["metrics"].items():
        if found["mean"] is not None:
            return f"{metric} {found['mean']:.3f} ± {found['std']:.3f} over {count} folds"
    return f"{count} folds"


def table(folds: Mapping[str, Any]) -> Table:
    """A line a metric: mean, standard deviation, each fold."""
    listed = folds["metrics"].items()
    rows = tuple((metric, found["mean"], found["std"], *found["folds"]) for metric, found in listed)
    numbers = (f"fold {number}" for number in range(1, len(folds["rows"]) + 1))
    return Table(title="Scores of the folds", columns=("metric", "mean", "std", *numbers), rows=rows)
