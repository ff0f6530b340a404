"""MLflow inside Dagster: a parent for each Dagster run, below it the runs that trainings own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlcycle.dagster.execute import DagsterExecution
from mlcycle.engine.runner import Runner
from mlcycle.engine.selection import Options
from mlcycle.graph.node import Graph
from mlcycle.ports import Ports
from mlcycle.task import Outcome, Task
from tests.support.running import run
from tests.support.small import small_graph, small_runner

pytestmark = [
    pytest.mark.slow,
    # MLflow 3.17 reads its own tables with an option that SQLAlchemy 2.1 will drop.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning"),
]


def trains(task: Task) -> Outcome:
    """Two trainings in one Dagster run log other values of the same parameter."""
    run_id = task.ports.tracker.log_training(
        experiment="small",
        run_name=task.node.name,
        tags={"mlcycle.dagster_run_id": task.run_id},
        params={"depth": task.node.config["depth"]},
        metrics={"auc": 0.7},
        history={},
        artifacts=(),
    )
    if task.node.config["fails"]:
        raise RuntimeError("after it was logged")
    return Outcome(record={"run_id": run_id})


def graph(*, fails: bool = False) -> Graph:
    whole = small_graph()
    last = whole["small/models/sum/report"]
    trainings = tuple(
        replace(
            last,
            name=f"small/models/{name}/training",
            work=f"{__name__}:trains",
            config={"depth": depth, "fails": fails},
        )
        for name, depth in (("one", 3), ("two", 6))
    )
    return replace(whole, nodes=(*whole.nodes[:-1], *trainings))


def tracked(root: Path, **options: Any) -> Runner:
    from mlcycle.adapters.mlflow.tracker import MlflowTracker

    made = small_runner(root, graph(**options))
    tracker = MlflowTracker(tracking_uri=f"sqlite:///{root}/mlflow.db", artifact_root=root / "mlflow")
    registry: Any = made.ports.registry
    return replace(
        made,
        ports=Ports(
            feature_store=registry, tracker=tracker, registry=registry, builder=registry, rollouts=registry
        ),
    )


def runs(root: Path) -> list[Any]:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{root}/mlflow.db")
    experiment = client.get_experiment_by_name("small")
    assert experiment.artifact_location == (root / "mlflow/small").as_uri()
    return list(client.search_runs([experiment.experiment_id]))


def test_each_training_owns_a_run_below_that_of_the_dagster_run(
    root: Path, execution: DagsterExecution
) -> None:
    report = run(tracked(root), execute=execution)
    assert report.ok

    found = runs(root)
    (parent,) = [r for r in found if "mlcycle.parent" in r.data.tags]
    children = {r.data.params["depth"]: r for r in found if r is not parent}
    assert set(children) == {"3", "6"}
    assert {r.data.tags["mlflow.parentRunId"] for r in children.values()} == {parent.info.run_id}
    assert parent.data.tags["dagster_run_id"] == report.run_id
    assert {r.data.tags["mlcycle.dagster_run_id"] for r in children.values()} == {report.run_id}
    assert {r.info.status for r in found} == {"FINISHED"}


def test_the_next_dagster_run_has_a_parent_of_its_own(root: Path, execution: DagsterExecution) -> None:
    first = run(tracked(root), execute=execution)
    second = run(tracked(root), Options(force=True), execute=execution)

    parents = [r for r in runs(root) if "mlcycle.parent" in r.data.tags]
    assert {p.data.tags["dagster_run_id"] for p in parents} == {first.run_id, second.run_id}


def test_a_training_that_breaks_leaves_no_run_open(root: Path, execution: DagsterExecution) -> None:
    report = run(tracked(root, fails=True), execute=execution)

    assert not report.ok
    assert {r.info.status for r in runs(root)} == {"FINISHED"}


def test_a_parent_whose_process_was_killed_is_closed_by_the_next_run(
    root: Path, execution: DagsterExecution
) -> None:
    from mlflow.tracking import MlflowClient

    run(tracked(root), execute=execution)
    client = MlflowClient(tracking_uri=f"sqlite:///{root}/mlflow.db")
    experiment = client.get_experiment_by_name("small")
    left = client.create_run(experiment.experiment_id, tags={"mlcycle.parent": "true"}).info.run_id

    run(tracked(root), Options(force=True), execute=execution)

    assert client.get_run(left).info.status == "KILLED"
