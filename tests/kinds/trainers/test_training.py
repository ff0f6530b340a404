from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mlcycle.graph.node import Step
from mlcycle.kinds.trainers.contract import Fitted, Job
from mlcycle.kinds.trainers.training import train
from mlcycle.task import Input, WorkError
from tests.support.datasets import features, flights_dataset, make_task, training_steps
from tests.support.lifecycle import Lifecycle, Trained

pytestmark = pytest.mark.slow


def constant_trainer(job: Job, config: dict[str, Any]) -> Fitted:
    """A trainer of an author's own: the prior for every row."""
    from onnx import TensorProto, helper

    prior = float(job.train.y.mean()) * config["params"]["scale"]
    nodes = [
        helper.make_node("Constant", [], ["axis"], value_ints=[1]),
        helper.make_node("Constant", [], ["zero"], value_floats=[0.0] * len(job.names)),
        helper.make_node("IsNaN", ["x"], ["nan"]),
        helper.make_node("Where", ["nan", "zero", "x"], ["known"]),
        helper.make_node("Mul", ["known", "zero"], ["nothing"]),
        helper.make_node("ReduceSum", ["nothing", "axis"], ["flat"], keepdims=0),
        helper.make_node("Constant", [], ["prior"], value_floats=[prior]),
        helper.make_node("Add", ["flat", "prior"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes,
        "own",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, len(job.names)])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [None])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    return Fitted(graph=model.SerializeToString())


def not_a_trainer(job: Job, config: dict[str, Any]) -> str:
    return "a model"


def files(training: Input) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in training.path.iterdir()}


def test_training_writes_its_files_and_reports(flights: Trained) -> None:
    assert sorted(files(flights.training)) == [
        "estimator.onnx",
        "model.ubj",
        "preprocess.onnx",
        "training.json",
    ]
    report = json.loads((flights.training.path / "training.json").read_text())
    assert report["rows"] == {side: flights.split.figures[side]["rows"] for side in ("train", "validation")}
    assert report["metrics"]["validation"]["roc_auc"] > 0.62
    assert report["baseline"]["validation"]["roc_auc"] == 0.5
    assert report["metrics"]["validation"]["log_loss"] < report["baseline"]["validation"]["log_loss"]
    assert len(report["columns"]) == flights.training.figures["columns"] > 100
    assert report["libraries"]["xgboost"].startswith("2.")


def test_training_again_gives_the_same_bytes_with_any_number_of_threads(flights: Trained) -> None:
    again = flights.run.train(flights.split, "training-again", threads=2)
    assert files(again) == files(flights.training)
    assert again.record["run_id"] != flights.training.record["run_id"]


def test_the_order_of_the_file_does_not_count(flights: Trained, tmp_path: Path) -> None:
    frame = pl.read_parquet(flights.run.dataset.path / "dataset.parquet")
    run = Lifecycle.over(
        tmp_path, flights.run.ports, frame.sample(fraction=1, shuffle=True, seed=4), flights.run.task
    )
    assert files(run.train(flights.split)) == files(flights.training)


def test_rows_in_the_gap_and_rows_without_a_label_are_never_used(flights: Trained, tmp_path: Path) -> None:
    frame = pl.read_parquet(flights.run.dataset.path / "dataset.parquet")
    sides = pl.read_parquet(flights.split.path / "split.parquet")
    unused = sides.filter(~pl.col("side").is_in(["train", "validation"]))["row_id"].implode()
    spoilt = frame.with_columns(
        pl.when(pl.col("row_id").is_in(unused)).then(1e6).otherwise(pl.col(name)).alias(name)
        for name in ("schedule.distance", "weather_at_origin.temperature")
    )
    run = Lifecycle.over(tmp_path, flights.run.ports, spoilt, flights.run.task)
    assert files(run.train(flights.split)) == files(flights.training)


def test_the_run_is_tracked(flights: Trained) -> None:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{flights.run.folder / 'mlflow.db'}")
    run = client.get_run(flights.training.record["run_id"])
    assert run.info.status == "FINISHED"
    assert run.data.tags["mlcycle.dagster_run_id"] == "11111111-2222-3333-4444-555555555555"
    assert run.data.tags["mlcycle.dataset"] == "dataset-1"
    assert run.data.params["max_depth"] == "5"
    assert run.data.metrics["validation.roc_auc"] == pytest.approx(
        flights.training.figures["metrics"]["validation"]["roc_auc"]
    )
    assert run.data.metrics["test.roc_auc"] == pytest.approx(
        flights.judged.figures["metrics"]["roc_auc"]["figure"]
    )
    history = client.get_metric_history(run.info.run_id, "history.validation.logloss")
    assert len(history) >= flights.training.figures["best_round"]


def own_training(flights: Trained, folder: Path, work: str) -> Input:
    steps = (
        *training_steps()[:-1],
        Step(name="trainer", kind="python", work=work, config={"params": {"scale": 0.5}}),
    )
    task = make_task(
        folder / "training",
        "training",
        config={"task": flights.run.task, "features": features(), "seed": 7},
        inputs={"dataset": flights.run.dataset, "split": flights.split},
        ports=flights.run.ports,
        steps=steps,
    )
    outcome = train(task)
    return Input(node=task.node.name, path=task.out, data_version="own", record=outcome.record)


def test_a_trainer_of_the_authors_own_goes_all_the_way(flights: Trained, tmp_path: Path) -> None:
    training = own_training(flights, tmp_path, f"{__name__}:constant_trainer")
    package = flights.run.package(flights.split, training, "own-package", packages=["onnx"])
    judged, _ = flights.run.evaluate(flights.split, package, "own-evaluation")
    prior = flights.split.figures["train"]["label"] * 0.5
    scores = pl.read_parquet(flights.run.folder / "own-evaluation" / "scores.parquet")["score"]
    assert scores.unique().to_list() == pytest.approx([prior], abs=1e-6)
    assert {check.name: check.verdict for check in judged.checks}["gate.0.metric"] == "fail"
    with pytest.raises(WorkError, match="the trainer gave no trees") as error:
        flights.run.package(flights.split, training, "own-package-ubj")
    assert error.value.code == "MLC861"


def test_what_is_not_a_trainer_is_named(flights: Trained, tmp_path: Path) -> None:
    with pytest.raises(WorkError, match="not_a_trainer` returned str, not a `Fitted`"):
        own_training(flights, tmp_path, f"{__name__}:not_a_trainer")


@pytest.mark.parametrize("task", ["multiclass_classification", "regression"])
def test_the_other_tasks_go_all_the_way(
    flights: Trained, example_data: Path, tmp_path: Path, task: str
) -> None:
    from tests.support.lifecycle import gate

    metric = "log_loss" if task == "multiclass_classification" else "root_mean_squared_error"
    against = "majority" if task == "multiclass_classification" else "mean"
    gates = (
        gate(0, "metric", metric=metric),
        gate(1, "baseline", metric=metric, against=against, min_gain=0.01),
        gate(2, "champion", metric=metric, max_drop=0.1),
    )
    frame = flights_dataset(example_data, rows=6_000, task=task)
    classes = [0, 1, 2] if task == "multiclass_classification" else None
    run = Lifecycle.over(tmp_path, flights.run.ports, frame, task, classes)
    divided = run.split()
    package = run.package(divided, run.train(divided))
    assert [check.verdict for check in package.checks] == ["pass", "pass"]
    judged, _ = run.evaluate(divided, package, gates=gates)
    assert [check.verdict for check in judged.checks] == ["pass", "pass", "not_applicable"]
