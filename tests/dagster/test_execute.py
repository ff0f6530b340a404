"""The persistent instance: runs that were killed, and what a run that changes nothing costs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from mlcycle.dagster.connection import Connection
from mlcycle.dagster.execute import DagsterExecution
from mlcycle.dagster.instance import bury_dead_runs, open_instance, own_tags, prepare_home
from mlcycle.dagster.naming import JOB
from tests.support.command import forked
from tests.support.running import contents, run, versions
from tests.support.small import kill_at, small_project, small_runner

pytestmark = pytest.mark.slow

POINTS = [
    "run:planned",
    "dagster:opened",
    "small/sources/a:worked",
    "small/sources/b:recorded",
    "small/models/sum/total:begun",
    "small/models/sum/total:moved",
    "small/models/sum/evaluation:digested",
    "small/models/sum/evaluation:recorded",
    "small/models/sum/report:moved",
    "dagster:ended",
]

UNCHANGED = """
import sys
from pathlib import Path
from tests.support.command import forked
from tests.support.running import run
from tests.support.small import small_runner
def never(session, names): raise AssertionError(names)
assert run(small_runner(Path(sys.argv[1])), execute=never).unchanged
heavy = {"dagster", "mlflow", "polars", "pandas", "numpy", "feast", "xgboost"} & set(sys.modules)
assert not heavy, heavy
"""


def die(root: Path, point: str) -> None:
    """Run the small project in Dagster up to this point."""
    place = Connection(tracking_uri="", artifact_root=None)
    execution = DagsterExecution(home=root / ".mlcycle/dagster", connection=place)
    run(small_runner(root, fault=kill_at(point)), execute=execution)


@pytest.mark.parametrize("point", POINTS)
def test_killed_inside_dagster_then_run_again(
    root: Path, point: str, tmp_path_factory: pytest.TempPathFactory, execution: DagsterExecution
) -> None:
    other = tmp_path_factory.mktemp("unbroken")
    small_project(other)
    unbroken = small_runner(other)
    run(unbroken)

    child = forked(die, root, point)
    child.join(300)
    assert child.exitcode == -signal.SIGKILL

    runner = small_runner(root)
    report = run(runner, execute=execution)
    assert report.ok
    assert versions(runner) == versions(unbroken)
    assert contents(root, runner) == contents(other, unbroken)
    with open_instance(execution.home) as instance:
        states = [record.status for record in instance.get_runs()]
    assert dg.DagsterRunStatus.STARTED not in states
    assert dg.DagsterRunStatus.STARTING not in states


def test_only_runs_of_dead_processes_are_buried(root: Path) -> None:
    with open_instance(root / "home") as instance:

        @dg.asset
        def nothing() -> None: ...

        job = dg.Definitions(assets=[nothing], jobs=[dg.define_asset_job(JOB)]).resolve_job_def(JOB)
        tags = own_tags("small")
        alive, dead, other = (
            instance.create_run_for_job(job, tags=tags | changed, status=dg.DagsterRunStatus.STARTED)
            for changed in (
                {"mlcycle/pid": str(os.getppid())},
                {"mlcycle/pid": "999999999"},
                {"mlcycle/pid": "999999999", "mlcycle/project": "another"},
            )
        )

        assert bury_dead_runs(instance, "small") == (dead.run_id,)
        found = {record.run_id: record.status for record in instance.get_runs()}

    assert found[dead.run_id] == dg.DagsterRunStatus.FAILURE
    assert found[alive.run_id] == found[other.run_id] == dg.DagsterRunStatus.STARTED


def test_a_run_that_changes_nothing_imports_no_heavy_library(root: Path, repository: Path) -> None:
    run(small_runner(root))

    command = [sys.executable, "-c", UNCHANGED, str(root)]
    done = subprocess.run(command, cwd=repository, check=False, timeout=300)
    assert done.returncode == 0


def test_dagster_is_told_not_to_report_and_the_authors_settings_stay(tmp_path: Path) -> None:
    home = prepare_home(tmp_path / "home")
    assert "telemetry: {enabled: false}" in (home / "dagster.yaml").read_text()

    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n# mine\n")
    prepare_home(home)
    assert "# mine" in (home / "dagster.yaml").read_text()
