"""Fit preprocessing and a model on the training rows, and record the run."""

from __future__ import annotations

import importlib.metadata
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mlcycle.graph.node import Step
from mlcycle.kinds.gates import metrics
from mlcycle.kinds.gates.losses import Judged
from mlcycle.kinds.own import call, refused
from mlcycle.kinds.packages.graphs import to_bytes
from mlcycle.kinds.packages.session import run
from mlcycle.kinds.preprocess.agreement import agreement, cross_fitted
from mlcycle.kinds.preprocess.chain import as_words, chains
from mlcycle.kinds.preprocess.chain import fit as fit_chain
from mlcycle.kinds.preprocess.compose import compose
from mlcycle.kinds.preprocess.fitted import Target
from mlcycle.kinds.preprocess.inputs import Inputs, Layout, inputs, layout
from mlcycle.kinds.trainers.baseline import constant_scores
from mlcycle.kinds.trainers.contract import Fitted, Job, Rows
from mlcycle.kinds.trainers.sides import check_rows, check_values, constant, read, side_rows, weights
from mlcycle.steps.manifest import Words
from mlcycle.task import Outcome, Table, Task

_LIBRARIES = ("numpy", "scikit-learn", "skl2onnx", "onnx", "onnxruntime")
#: So many training rows does an author's graph have to score before it is believed.
_TRIED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One side of the split before preprocessing."""

    inputs: Inputs
    labels: NDArray[np.float64]
    weights: NDArray[np.float64] | None


def train(task: Task) -> Outcome:
    """Preprocess, train, write `preprocess.onnx`, `estimator.onnx`, `model.ubj` and `training.json`, track.

    The model is trained on what onnxruntime gives back for the preprocessing graph, never on scikit-learn's
    own output: the two differ by float rounding, which trees turn into different scores. The check
    `transforms` is that they differ by no more.
    """
    columns = layout(task.node.config["features"])
    classes = class_count(task.node.config["task"], task.inputs["dataset"].figures)
    *preprocess, trainer = task.steps()
    words = as_words(preprocess)
    sides = _sides(task, columns, classes, words)
    train_side = sides["train"]
    check_values(train_side.inputs, columns)
    task.progress("fitting preprocessing", 0.0)
    target = Target(task=task.node.config["task"], y=train_side.labels)
    fitted = [fit_chain(chain, train_side.inputs, target) for chain in chains(columns, preprocess)]
    graph = to_bytes(compose(fitted, columns))
    rows = {name: _prepared(graph, side) for name, side in sides.items()}
    check = agreement(fitted, sides.get("validation", train_side).inputs, graph)
    cross_fitted(fitted, rows["train"].x)
    job = Job(
        task=task.node.config["task"],
        classes=classes,
        names=tuple(name for chain in fitted for name in chain.outputs),
        train=rows["train"],
        validation=rows.get("validation"),
        progress=task.progress,
    )
    model = _fit(trainer, job)
    report = _report(job, model, constant(train_side.inputs, columns))
    if words:
        report["words"] = {name: asdict(how) for name, how in words.items()}
    _write(task, graph, model, report)
    return replace(_outcome(task, report, model, _track(task, model, report)), checks=(check,))


def class_count(kind: str, figures: Mapping[str, Any]) -> int:
    """Two for binary, what the dataset counted for several classes, 0 for regression."""
    if kind == "binary_classification":
        return 2
    return len(figures["classes"]) if kind == "multiclass_classification" else 0


def _sides(task: Task, columns: Layout, classes: int, words: Mapping[str, Words]) -> dict[str, _Side]:
    dataset, split = read(task.inputs["dataset"], task.inputs["split"])
    found = {}
    for name in ("train", "validation"):
        rows = side_rows(dataset, split, name)
        if name == "validation" and rows.height == 0:
            continue
        check_rows(rows, name, task=task.node.config["task"], classes=classes)
        labels = rows["label"].cast(pl.Float64).to_numpy()
        found[name] = _Side(inputs=inputs(rows, columns, words), labels=labels, weights=weights(rows))
    return found


def _prepared(graph: bytes, side: _Side) -> Rows:
    return Rows(x=run(graph, len(side.inputs), side.inputs.feed), y=side.labels, weights=side.weights)


def _fit(step: Step, job: Job) -> Fitted:
    if step.kind != "python":
        built_in: Fitted = pkgutil.resolve_name(step.work)(job, step.config)
        return built_in
    fitted = call(step, job, step.config)
    if not isinstance(fitted, Fitted):
        kind = type(fitted).__name__
        raise refused(step, f"returned {kind}, not a `Fitted` of mlcycle.kinds.trainers.contract")
    _try_out(step, fitted, job)
    return fitted


def _try_out(step: Step, model: Fitted, job: Job) -> None:
    """Refuse a graph of the author's that does not give every row its score, or a score for each class."""
    rows = replace(job.train, x=job.train.x[:_TRIED], y=job.train.y[:_TRIED])
    wanted = (len(rows), job.classes) if job.task == "multiclass_classification" else (len(rows),)
    try:
        scores = _scores(model, rows)
    except Exception as error:
        reason = str(error).split("\n", 1)[0]
        raise refused(
            step, f"returned an ONNX graph that does not run from `x` to `score`: {reason}"
        ) from error
    if scores.shape != wanted or not np.isfinite(scores).all():
        found = "x".join(map(str, scores.shape))
        expected = "x".join(map(str, wanted))
        raise refused(
            step, f"returned a graph with {found} scores for {len(rows)} rows, not {expected} numbers"
        )


def _report(job: Job, model: Fitted, constants: tuple[str, ...]) -> dict[str, Any]:
    """What `training.json` holds: no clock, no path, nothing that another run would write differently."""
    sides = {"train": job.train, "validation": job.validation}
    present = {name: rows for name, rows in sides.items() if rows is not None}
    return {
        "params": dict(model.params),
        "best_round": model.best_round,
        "columns": list(job.names),
        "constant": list(constants),
        "rows": {name: len(rows) for name, rows in present.items()},
        "metrics": {name: _metrics(job, rows, _scores(model, rows)) for name, rows in present.items()},
        "baseline": {
            name: _metrics(job, rows, constant_scores(job.task, job.train.y, job.classes, len(rows)))
            for name, rows in present.items()
        },
        "importance": dict(model.importance),
        "libraries": {name: importlib.metadata.version(name) for name in (*_LIBRARIES, *model.libraries)},
    }


def _scores(model: Fitted, rows: Rows) -> NDArray[np.float64]:
    found = run(model.graph, len(rows), lambda start, stop: {"x": rows.x[start:stop]})
    return found.astype(np.float64)


def _metrics(job: Job, rows: Rows, scores: NDArray[np.float64]) -> dict[str, float | None]:
    judged = Judged(task=job.task, labels=rows.y, scores=scores, classes=job.classes)
    found = {name: metrics.figure(name, judged) for name in metrics.names(job.task)}
    return {name: value if np.isfinite(value) else None for name, value in found.items()}


def _write(task: Task, graph: bytes, model: Fitted, report: Mapping[str, Any]) -> None:
    (task.out / "preprocess.onnx").write_bytes(graph)
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
        metrics={key: value for key, value in flat.items() if value is not None},
        history=model.history,
        artifacts=[task.out / "training.json"],
    )


def _outcome(task: Task, report: Mapping[str, Any], model: Fitted, run_id: str) -> Outcome:
    side = "validation" if "validation" in report["metrics"] else "train"
    metric, value = next((k, v) for k, v in report["metrics"][side].items() if v is not None)
    top = tuple((name, round(share, 4)) for name, share in list(model.importance.items())[:20])
    return Outcome(
        figures={
            "rows": report["rows"],
            "columns": len(report["columns"]),
            "best_round": model.best_round,
            "constant_features": report["constant"],
            "metrics": report["metrics"],
            "baseline": report["baseline"],
        },
        key_figure=f"{side} {metric} {value:.3f}"
        + (f", {model.best_round} rounds" if model.best_round else ""),
        record={"run_id": run_id},
        tables=(Table(title="Share of the gain", columns=("column", "share"), rows=top),) if top else (),
    )
