"""Gates decide which version serves: a limit not met, then relaxed, a worse and a better version."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcycle import composition
from mlcycle.language.workspace import LOCAL
from tests.support.command import mlcycle
from tests.support.january import january

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("champion")]

SPEC = """\
mlcycle: 1
sources:
  flights:
    kind: csv
    path: flights.csv
    timestamp: scheduled_departure
    derive: {{late: {{expression: "arrival_delay >= 15", dtype: bool}}}}
    columns:
      flight_id: {{unique: true}}
      arrival_delay: {{nullable: true, available_after: 1d}}
feature_views:
  schedule: {{source: flights, columns: [carrier, distance, departure_delay]}}
models:
  late:
    task: binary_classification
    label: flights.late
    features: [schedule]
    trainer: {{kind: xgboost, rounds: {rounds}, params: {{max_depth: {depth}}}}}
    gates:
      - {{kind: metric, metric: roc_auc, min: {least}}}
      - {{kind: champion, metric: roc_auc, max_drop: 0.005}}
services:
  late_api: {{model: late, replay: {{rows: 50}}}}
"""

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("champion")


@pytest.fixture(scope="module")
def run(folder: Path, example_data: Path) -> Run:
    """Write the spec with these figures and run it: the exit status and what was said on standard error."""
    (folder / "specs").mkdir()
    (folder / "mlcycle.yaml").write_text("mlcycle: 1\n")
    january(4_000).write_csv(folder / "flights.csv")

    def call(*, rounds: int = 20, depth: int = 4, least: float = 0.6) -> tuple[int, str]:
        (folder / "specs" / "late.yaml").write_text(SPEC.format(rounds=rounds, depth=depth, least=least))
        done = mlcycle(folder, "run", "specs/late.yaml", "--no-summary")
        return done.returncode, done.stderr + champion(folder)

    return call


#: Prints the modules of MLflow and Dagster that a command line has imported.
_IMPORTED = """
import sys
from mlcycle.cli.main import status_of
status = status_of(sys.argv[1:])
print(status, *sorted({name.split(".")[0] for name in sys.modules} & {"mlflow", "dagster", "bentoml"}))
"""


def champion(folder: Path) -> str:
    """`champion: <version>` of the service, as the last rollout left it."""
    release = composition.rollouts(LOCAL, folder).state("late/late_api").champion
    return f"champion: {release.version if release else None}"


def test_the_gates_decide_which_version_serves(run: Run, folder: Path) -> None:
    status, said = run(least=0.99)
    assert status == 3
    assert "metric roc_auc failed" in said
    assert "--> specs/late.yaml:20:9" in said
    assert "champion: None" in said

    status, said = run(least=0.6)
    assert (status, "champion: 1" in said) == (0, True)
    assert "models/late/training" not in said  # only what follows from the limit

    status, said = run(rounds=1, depth=1)
    assert status == 3
    assert "champion roc_auc failed" in said
    assert "champion: 1" in said

    status, said = run(rounds=24)
    assert (status, "champion: 2" in said) == (0, True)

    for arguments in (["plan"], ["run", "specs/late.yaml", "--no-summary"], ["rollout", "status", "--json"]):
        command = [sys.executable, "-c", _IMPORTED, *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        looked = done.stdout.splitlines()[-1]
        assert looked == ("0 mlflow" if arguments[0] == "rollout" else "0"), (arguments, looked)
