"""MLflow's tracking over SQLite: one run a training, and what a killed process leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from mlcycle.adapters.mlflow.tracker import MlflowTracker
from tests.support.mlflow_store import mlflow_store

pytestmark = pytest.mark.slow

TAGS = {"mlcycle.dataset": "d1", "mlcycle.dagster_run_id": "r1"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mlflow_store(tmp_path_factory.mktemp("tracking"))


@pytest.fixture
def client(store: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{store / 'mlflow.db'}")


def log(store: Path, experiment: str, **changed: Any) -> str:
    tracker = MlflowTracker(tracking_uri=f"sqlite:///{store / 'mlflow.db'}", artifact_root=store / "files")
    given: dict[str, Any] = {
        "run_name": "late",
        "tags": TAGS,
        "params": {"eta": 0.1, "nothing": None},
        "metrics": {"validation.roc_auc": 0.7},
        "history": {"validation.logloss": [0.5, 0.4, 0.45]},
        "artifacts": [],
    }
    return tracker.log_training(experiment=experiment, **{**given, **changed})


def test_a_run_holds_everything(store: Path, client: MlflowClient, tmp_path: Path) -> None:
    (tmp_path / "training.json").write_text("{}")
    run = client.get_run(log(store, "whole", artifacts=[tmp_path / "training.json"]))
    assert run.info.status == "FINISHED"
    assert run.data.params == {"eta": "0.1"}
    assert run.data.metrics["validation.roc_auc"] == 0.7
    assert run.data.tags["mlcycle.dagster_run_id"] == "r1"
    steps = client.get_metric_history(run.info.run_id, "history.validation.logloss")
    assert [(point.step, point.value) for point in steps] == [(0, 0.5), (1, 0.4), (2, 0.45)]
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["training.json"]
    assert str(store / "files" / "whole") in run.info.artifact_uri


def test_a_history_longer_than_one_request_is_kept(store: Path, client: MlflowClient) -> None:
    run_id = log(store, "long", history={"a": [float(i) for i in range(2_300)]})
    assert len(client.get_metric_history(run_id, "history.a")) == 2_300


def test_a_run_that_was_cut_off_is_marked_as_killed(store: Path, client: MlflowClient) -> None:
    log(store, "cut")
    experiment = client.get_experiment_by_name("cut").experiment_id
    abandoned = client.create_run(experiment, tags={**TAGS, "mlcycle.dagster_run_id": "an earlier one"})
    other = client.create_run(experiment, tags={"mlcycle.dataset": "another"})
    log(store, "cut")
    assert client.get_run(abandoned.info.run_id).info.status == "KILLED"
    assert client.get_run(other.info.run_id).info.status == "RUNNING"


def test_a_run_that_fails_to_log_is_marked_as_failed(
    store: Path, client: MlflowClient, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="nowhere"):
        log(store, "failing", artifacts=[tmp_path / "nowhere"])
    experiment = client.get_experiment_by_name("failing").experiment_id
    assert [run.info.status for run in client.search_runs([experiment])] == ["FAILED"]


def test_an_evaluation_adds_to_its_training(store: Path, client: MlflowClient, tmp_path: Path) -> None:
    run_id = log(store, "judged")
    (tmp_path / "roc.png").write_bytes(b"png")
    tracker = MlflowTracker(tracking_uri=f"sqlite:///{store / 'mlflow.db'}")
    for _ in range(2):
        tracker.log_evaluation(run_id, {"test.roc_auc": 0.69}, [tmp_path / "roc.png"])
    run = client.get_run(run_id)
    assert run.data.metrics["test.roc_auc"] == 0.69
    assert run.info.status == "FINISHED"
    assert [file.path for file in client.list_artifacts(run_id, "evaluation")] == ["evaluation/roc.png"]
