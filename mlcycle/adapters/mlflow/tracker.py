"""Experiment tracking in MLflow: one run for each training, found again by what it was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from mlcycle.adapters.mlflow.client import absent, client
from mlcycle.adapters.mlflow.client import experiment as experiment_of

#: MLflow's own limits for one request and for the text of a parameter.
_BATCH = 1000
_PARAM_LENGTH = 6000
#: Tags that only say how a run came about; the others say what was trained.
_CIRCUMSTANCES = ("mlcycle.dagster_run_id",)


class MlflowTracker:
    """Implements `mlcycle.ports.Tracker`."""

    def __init__(self, *, tracking_uri: str, artifact_root: Path | None = None) -> None:
        """artifact_root: where a local database keeps files; None leaves it to the server."""
        self._client: MlflowClient = client(tracking_uri)
        self._artifact_root = artifact_root

    def log_training(
        self,
        *,
        experiment: str,
        run_name: str,
        tags: Mapping[str, str],
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        history: Mapping[str, Sequence[float]],
        artifacts: Sequence[Path],
    ) -> str:
        """Record one training run; runs of the same training that were cut off are marked as killed."""
        experiment_id = experiment_of(self._client, experiment, self._artifact_root)
        self._close_abandoned(experiment_id, tags)
        run = self._client.create_run(experiment_id, run_name=run_name, tags=dict(tags))
        run_id: str = run.info.run_id
        status = "FAILED"
        try:
            self._log(run_id, params, _points(metrics, history, int(run.info.start_time)))
            for path in artifacts:
                self._client.log_artifact(run_id, str(path))
            status = "FINISHED"
        finally:
            self._client.set_terminated(run_id, status=status)
        return run_id

    def log_evaluation(self, run_id: str, metrics: Mapping[str, float], artifacts: Sequence[Path]) -> None:
        """Add metrics and files to a finished run; a run that was deleted by hand is left alone."""
        try:
            start = int(self._client.get_run(run_id).info.start_time)
        except MlflowException as error:
            if absent(error):
                return
            raise
        self._log(run_id, {}, _points(metrics, {}, start))
        for path in artifacts:
            self._client.log_artifact(run_id, str(path), "evaluation")

    def _close_abandoned(self, experiment_id: str, tags: Mapping[str, str]) -> None:
        """Runs still open with the same meaning belong to a process that died: one project has one lock."""
        same = [
            f"tags.`{key}` = '{_quoted(value)}'" for key, value in tags.items() if key not in _CIRCUMSTANCES
        ]
        query = " and ".join(["attributes.status = 'RUNNING'", *same])
        for run in self._client.search_runs([experiment_id], query, ViewType.ACTIVE_ONLY):
            self._client.set_terminated(run.info.run_id, status="KILLED")

    def _log(self, run_id: str, params: Mapping[str, Any], points: Sequence[Metric]) -> None:
        texts = [Param(key, str(value)[:_PARAM_LENGTH]) for key, value in params.items() if value is not None]
        no_tags: list[RunTag] = []
        self._client.log_batch(run_id, [], texts[:100], no_tags)
        for start in range(0, len(points), _BATCH):
            self._client.log_batch(run_id, points[start : start + _BATCH], [], no_tags)


def _points(metrics: Mapping[str, float], history: Mapping[str, Sequence[float]], time: int) -> list[Metric]:
    """Every value with its round; all carry the run's own start, so that no clock is read here."""
    last = [Metric(key, value, time, 0) for key, value in metrics.items()]
    rounds = [
        Metric(f"history.{key}", float(value), time, step)
        for key, values in history.items()
        for step, value in enumerate(values)
    ]
    return last + rounds


def _quoted(value: str) -> str:
    """A tag's value inside single quotes; those with a quote of their own cannot be searched for exactly."""
    return value.replace("'", "")
