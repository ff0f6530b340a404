"""Fit preprocessing and a model on the training rows, and record the run."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import polars as pl

from mlcycle.graph.node import Step
from mlcycle.kinds.preprocess.agreement import agreement
from mlcycle.kinds.preprocess.chain import as_words, without_values
from mlcycle.kinds.preprocess.inputs import layout
from mlcycle.kinds.trainers import folds
from mlcycle.kinds.trainers.baseline import constant_scores
from mlcycle.kinds.trainers.contract import Fitted
from mlcycle.kinds.trainers.fitting import Learned, Recipe, Side, learn, model_scores
from mlcycle.kinds.trainers.sides import check_rows, check_values, constant, read, side_rows
from mlcycle.task import Outcome, Table, Task

_LIBRARIES = ("numpy", "scikit-learn", "skl2onnx", "onnx", "onnxruntime")


def train(task: Task) -> Outcome:
    """Preprocess, train, write `preprocess.onnx`, `estimator.onnx`, `model.ubj` and `training.json`, track.

    The model is trained on what onnxruntime gives back for the preprocessing graph, never on scikit-learn's
    own output: the two differ by float rounding, which trees turn into different scores. The check
    `transforms` is that they differ by no more. The folds of the split, if any, come first.
    """
    recipe = _recipe(task)
    dataset, split = read(task.inputs["dataset"], task.inputs["split"])
    sides = _sides(recipe, dataset, split)
    check_values(sides["train"].inputs, recipe.columns)
    crossed = folds.cross_validate(recipe, dataset, split, task.progress)
    task.progress("fitting preprocessing", 0.0)
    learned = learn(recipe, sides["train"], sides.get("validation"), task.progress)
    asked = sides.get("validation", sides["train"]).inputs
    check = agreement(learned.chains, asked, learned.graph, recipe.personal)
    constants = constant(sides["train"].inputs, recipe.columns)
    report = _report(recipe, learned, constants)
    if recipe.words:
        report["words"] = {name: asdict(how) for name, how in recipe.words.items()}
    if crossed is not None:
        report["folds"] = crossed
    _write(task, learned, report)
    outcome = _outcome(task, report, learned.model, _track(task, learned.model, report))
    return replace(outcome, figures={**outcome.figures, "columns": len(learned.job.names)}, checks=(check,))


def _recipe(task: Task) -> Recipe:
    config, steps = task.node.config, tuple(_placed(step, task) for step in task.steps())
    return Recipe(
        task=config["task"],
        classes=class_count(config["task"], task.inputs["dataset"].figures),
        columns=layout(config["features"]),
        steps=steps,
        words=as_words(steps[:-1]),
        threshold=config.get("threshold", 0.5),
        personal=frozenset(config.get("secret", ())),
    )


def class_count(kind: str, figures: Mapping[str, Any]) -> int:
    """Two for binary, what the dataset counted for several classes, 0 for regression."""
    if kind == "binary_classification":
        return 2
    return len(figures["classes"]) if kind == "multiclass_classification" else 0


def _placed(step: Step, task: Task) -> Step:
    """The step with the file that it reads where it is on this machine; engines hash what is declared."""
    if not step.name.startswith("preprocess.") or "path" not in step.config:
        return step
    return replace(step, config={**step.config, "path": str(task.root / step.config["path"])})


def _sides(recipe: Recipe, dataset: pl.DataFrame, split: pl.DataFrame) -> dict[str, Side]:
    found = {}
    for name in ("train", "validation"):
        rows = side_rows(dataset, split, name)
        if name == "validation" and rows.height == 0:
            continue
        check_rows(rows, name, task=recipe.task, classes=recipe.classes)
        found[name] = recipe.side(rows)
    return found


def _report(recipe: Recipe, learned: Learned, constants: tuple[str, ...]) -> dict[str, Any]:
    """What `training.json` holds: no clock, no path, nothing that another run would write differently.

    Columns that are called after values of personal features share a line.
    """
    job, model, shown = learned.job, learned.model, without_values(learned.chains, recipe.personal)
    sides = {"train": job.train, "validation": job.validation}
    present = {name: rows for name, rows in sides.items() if rows is not None}
    return {
        "params": dict(model.params),
        "best_round": model.best_round,
        "columns": shown.distinct(),
        "constant": list(constants),
        "rows": {name: len(rows) for name, rows in present.items()},
        "metrics": {
            name: recipe.metrics(rows.y, model_scores(model, rows.x)) for name, rows in present.items()
        },
        "baseline": {
            name: recipe.metrics(rows.y, constant_scores(job.task, job.train.y, job.classes, len(rows)))
            for name, rows in present.items()
        },
        "importance": shown.summed(model.importance),
        "libraries": {name: importlib.metadata.version(name) for name in (*_LIBRARIES, *model.libraries)},
    }


def _write(task: Task, learned: Learned, report: Mapping[str, Any]) -> None:
    model = learned.model
    (task.out / "preprocess.onnx").write_bytes(learned.graph)
    (task.out / "estimator.onnx").write_bytes(model.graph)
    if model.ubj is not None:
        (task.out / "model.ubj").write_bytes(model.ubj)
    (task.out / "training.json").write_text(
        json.dumps(report, indent=1, sort_keys=True, allow_nan=False) + "\n"
    )


def _track(task: Task, model: Fitted, report: Mapping[str, Any]) -> str:
    project, _, name, _ = task.node.name.split("/")
    flat = {f"{side}.{key}": value for side, by in report["metrics"].items() for key, value in by.items()}
    return task.ports.tracker.log_training(
        experiment=f"{project}.{name}",
        run_name=f"{project}.{name}",
        tags={
            "mlcycle.project": project,
            "mlcycle.model": name,
            "mlcycle.dagster_run_id": task.run_id,
            "mlcycle.dataset": task.inputs["dataset"].data_version,
            "mlcycle.split": task.inputs["split"].data_version,
            "mlcycle.environment": task.environment,
        },
        params={**model.params, "best_round": model.best_round},
        metrics={key: value for key, value in flat.items() if value is not None}
        | folds.tracked(report.get("folds")),
        history=model.history,
        artifacts=[task.out / "training.json"],
    )


def _outcome(task: Task, report: Mapping[str, Any], model: Fitted, run_id: str) -> Outcome:
    side = "validation" if "validation" in report["metrics"] else "train"
    metric, value = next((k, v) for k, v in report["metrics"][side].items() if v is not None)
    crossed = report.get("folds")
    figure = f"{side} {metric} {value:.3f}" if crossed is None else folds.key_figure(crossed)
    top = tuple((name, round(share, 4)) for name, share in list(report["importance"].items())[:20])
    return Outcome(
        figures={
            "rows": report["rows"],
            "best_round": model.best_round,
            "constant_features": report["constant"],
            "metrics": report["metrics"],
            "baseline": report["baseline"],
            **({} if crossed is None else {"folds": crossed}),
        },
        key_figure=figure + (f", {model.best_round} rounds" if model.best_round else ""),
        record={"run_id": run_id},
        tables=(
            *([Table(title="Share of the gain", columns=("column", "share"), rows=top)] if top else []),
            *([] if crossed is None else [folds.table(crossed)]),
        ),
    )
