"""Judge a model package on the test rows: score as the service will, run the gates, write the evidence."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from mlcycle.graph.node import Step
from mlcycle.kinds.gates import evidence
from mlcycle.kinds.gates.challenge import champion
from mlcycle.kinds.gates.folds import Folds, read_folds
from mlcycle.kinds.gates.metrics import estimate, names
from mlcycle.kinds.gates.plots import draw
from mlcycle.kinds.gates.scores import Scores
from mlcycle.kinds.gates.verdicts import SHOWN_CONFIDENCE
from mlcycle.kinds.gates.weighing import note, weighed
from mlcycle.kinds.packages.frames import score
from mlcycle.kinds.trainers.baseline import constant_scores
from mlcycle.kinds.trainers.sides import check_rows, read, side_rows
from mlcycle.steps.package import Package, load
from mlcycle.task import CheckResult, Outcome, Table, Task


def evaluate(task: Task) -> Outcome:
    """Write `evidence.json`, `scores.parquet` and plots; the evidence's digest is the data version."""
    given = task.inputs["package"]
    package = load(given.path / "package", given.data_version)
    dataset, split = read(task.inputs["dataset"], task.inputs["split"])
    test = side_rows(dataset, split, "test")
    check_rows(test, "test", task="regression", classes=0)
    task.progress("scoring the test rows", 0.1)
    train = side_rows(dataset, split, "train")
    scores = _scores(task, package, test, train)
    task.progress("judging", 0.4)
    gates = [_judged(step, weighed(scores, step, test, train)) for step in task.steps()]
    metrics = _metrics(scores)
    digest = evidence.write(
        task.out,
        package_digest=package.digest,
        dataset_version=task.inputs["dataset"].data_version,
        champion=None if scores.champion is None else scores.champion.package_digest,
        gates=gates,
        metrics=metrics,
    )
    _scored(test, scores).write_parquet(task.out / "scores.parquet")
    plots = draw(scores, task.out)
    _track(task, metrics, plots)
    return _outcome(task, digest, gates, metrics, plots, scores)


def _scores(task: Task, package: Package, test: pl.DataFrame, train: pl.DataFrame) -> Scores:
    kind = package.manifest.task
    classes = 0 if kind == "regression" else len(package.manifest.classes)
    known = train["label"].cast(pl.Float64).to_numpy()
    constant = constant_scores(kind, known, classes, test.height)
    project, _, model, _ = task.node.name.split("/")
    return Scores(
        task=kind,
        classes=classes,
        threshold=package.manifest.threshold or 0.5,
        labels=test["label"].cast(pl.Float64).to_numpy(),
        scores=score(package, test),
        baselines={"majority": constant, "mean": constant},
        groups={name: _texts(test[f"by.{name}"]) for name in task.node.config.get("by", ())},
        champion=champion(task.ports, f"{project}.{model}", package, test),
        folds=_folds(task),
    )


def _folds(task: Task) -> Folds | None:
    """What the training's folds found; only where the split has some is the training an input."""
    if "training" not in task.inputs:
        return None
    return read_folds(json.loads((task.inputs["training"].path / "training.json").read_bytes()))


def _texts(values: pl.Series) -> np.ndarray[Any, np.dtype[np.object_]]:
    return np.array(values.cast(pl.String).fill_null("").to_list(), dtype=object)


def _judged(step: Step, scores: Scores) -> CheckResult:
    result: CheckResult = pkgutil.resolve_name(step.work)(step.config, scores)
    said = result.message + note(step, scores)
    return replace(result, name=step.name, severity=step.config.get("severity", "error"), message=said)


def _metrics(scores: Scores) -> dict[str, dict[str, float]]:
    """Every metric of the task that can be computed, with its interval."""
    found = {name: estimate(name, scores.judged(), SHOWN_CONFIDENCE) for name in names(scores.task)}
    return {
        name: {"figure": value.figure, "low": value.low, "high": value.high}
        for name, value in found.items()
        if value.known
    }


def _scored(test: pl.DataFrame, scores: Scores) -> pl.DataFrame:
    """One row each of the test side: `row_id`, `label`, `score`, or `score.<i>` for several classes."""
    frame = test.select("row_id", "event_timestamp", "label")
    if scores.scores.ndim == 1:
        return frame.with_columns(score=pl.Series(scores.scores))
    return frame.with_columns(
        [pl.Series(f"score.{index}", scores.scores[:, index]) for index in range(scores.classes)]
    )


def _track(task: Task, metrics: Mapping[str, Mapping[str, float]], plots: tuple[str, ...]) -> None:
    run_id = task.inputs["package"].record.get("run_id")
    if run_id:
        task.ports.tracker.log_evaluation(
            run_id,
            {f"test.{name}": value["figure"] for name, value in metrics.items()},
            [task.out / name for name in (evidence.FILE, *plots)],
        )


def _outcome(
    task: Task,
    digest: str,
    gates: list[CheckResult],
    metrics: Mapping[str, Mapping[str, float]],
    plots: tuple[str, ...],
    scores: Scores,
) -> Outcome:
    rows = tuple(
        (name, round(v["figure"], 5), round(v["low"], 5), round(v["high"], 5)) for name, v in metrics.items()
    )
    name, first = next(iter(metrics.items()), ("no metric", {"figure": float("nan")}))
    passed = sum(gate.verdict == "pass" for gate in gates)
    return Outcome(
        data_version=digest,
        figures={
            "rows": scores.rows,
            "metrics": metrics,
            "verdict": evidence.overall(gates),
            "gates_passed": passed,
            "champion": None if scores.champion is None else scores.champion.version,
        },
        key_figure=f"{_word(name)} {first['figure']:.3f}, {passed} of {len(gates)} gates pass",
        record=dict(task.inputs["package"].record),
        checks=tuple(gates),
        tables=(
            Table(title="Metrics on the test rows", columns=("metric", "figure", "low", "high"), rows=rows),
        ),
        plots=plots,
    )


def _word(metric: str) -> str:
    return "AUC" if metric == "roc_auc" else metric
