from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlcycle.engine.runner import Runner
from tests.support.small import small_project

# `make check` loads this file and runs none of these tests: Dagster is imported by who uses it.
if TYPE_CHECKING:
    import dagster as dg

    from mlcycle.dagster.asset import Sessions
    from mlcycle.dagster.execute import DagsterExecution

    Materialize = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the small project's data."""
    small_project(tmp_path)
    return tmp_path


@pytest.fixture
def execution(root: Path) -> DagsterExecution:
    """What `mlcycle run` executes with."""
    from mlcycle.dagster.connection import Connection
    from mlcycle.dagster.execute import DagsterExecution

    return DagsterExecution(
        home=root / ".mlcycle/dagster",
        connection=Connection(tracking_uri=f"sqlite:///{root}/mlflow.db", artifact_root=root / "mlflow"),
    )


def definitions(root: Path, runner: Runner) -> dg.Definitions:
    """The small project as Dagster's page has it: each run opens a session under the project's lock."""
    from mlcycle.dagster.build import build
    from mlcycle.dagster.connection import Connection

    @contextmanager
    def opened() -> Iterator[Sessions]:
        with runner.opened("a page") as session:
            yield lambda project: session

    place = Connection(tracking_uri=f"sqlite:///{root}/mlflow.db", artifact_root=root / "mlflow")
    return build([runner.graph], root=root, open_sessions=opened, connection=lambda: place)


@pytest.fixture
def materialize(root: Path) -> Iterator[Materialize]:
    """`materialize(runner, nodes, tags)`: what a click on Materialize runs."""
    import dagster as dg

    from mlcycle.dagster.naming import JOB, asset_key

    with dg.DagsterInstance.ephemeral() as instance:

        def run(
            runner: Runner, nodes: tuple[str, ...] = (), tags: dict[str, str] | None = None
        ) -> dg.ExecuteInProcessResult:
            job = definitions(root, runner).resolve_job_def(JOB)
            keys = [asset_key(f"small/{node}") for node in nodes] or None
            return job.execute_in_process(
                instance=instance,
                asset_selection=keys,
                tags=tags,
                raise_on_error=False,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )

        yield run
