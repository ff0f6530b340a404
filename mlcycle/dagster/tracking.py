"""The MLflow connection inside Dagster, by dagster-mlflow: one parent run for each Dagster run.

Each training step owns an MLflow run of its own, made by the tracker; here it is hung below the parent. Two
trainings that shared one run would refuse each other's parameters.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from mlcycle.dagster.connection import Connection
from mlcycle.dagster.naming import PROJECT_TAG
from mlcycle.engine.report import Ran

_PARENT_TAG = "mlcycle.parent"
_CAUSE_TAG = "mlcycle.cause"


def tracking_resource(connection: Callable[[], Connection]) -> dg.ResourceDefinition:
    """dagster-mlflow's resource with the environment's connection and the project as its experiment.

    The parent run is ended here, when the resource is taken down: otherwise it would stay open and the next
    Dagster run of the process would write into it.
    """

    @dg.resource(description="MLflow, by dagster-mlflow: the parent run of this Dagster run.")
    def mlflow(context: dg.InitResourceContext) -> Iterator[Any]:
        place = connection()
        experiment = _project(context)
        _prepare(place, experiment)
        config = {
            "mlflow_tracking_uri": place.tracking_uri,
            "experiment_name": experiment,
            "env": {},
            "extra_tags": {_PARENT_TAG: "true"},
        }
        run = _start(context, config)
        try:
            yield run
        finally:
            run.end_run()

    return mlflow


def _start(context: dg.InitResourceContext, config: dict[str, Any]) -> Any:
    with warnings.catch_warnings():
        # dagster-mlflow is marked beta, tells so at each use, and reads the context by deprecated names.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        from dagster_mlflow.resources import MlFlow

        return MlFlow(context.replace_config(config))


def hang_below_parent(mlflow: Any, ran: Ran, cause: str | None = None) -> None:
    """Make a training's own MLflow run a child of the Dagster run's, and note what asked for it."""
    run_id = ran.result.record.get("run_id") if ran.result and ran.status == "built" else None
    parent = mlflow.active_run()
    if run_id and parent is not None:
        mlflow.tracking_client.set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)
        if cause:
            mlflow.tracking_client.set_tag(run_id, _CAUSE_TAG, cause)


def _project(context: dg.InitResourceContext) -> str:
    run = context.run
    if run is None:
        return "mlcycle"
    keys = sorted(key.path[0] for key in run.asset_selection or ())
    return run.tags.get(PROJECT_TAG) or (keys[0] if keys else "mlcycle")


def _prepare(place: Connection, experiment: str) -> None:
    """Make the experiment where the tracker would make it, and end parents whose process was killed."""
    from mlflow.tracking import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    client = MlflowClient(tracking_uri=place.tracking_uri)
    found = client.get_experiment_by_name(experiment)
    if found is None:
        root = place.artifact_root
        client.create_experiment(
            experiment, artifact_location=(root / experiment).absolute().as_uri() if root else None
        )
        return
    query = f"attributes.status = 'RUNNING' and tags.`{_PARENT_TAG}` = 'true'"
    for run in client.search_runs([found.experiment_id], query):
        client.set_terminated(run.info.run_id, status="KILLED")
