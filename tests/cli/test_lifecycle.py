"""The commands after a run: a second run, a stricter gate, a served and asked model."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlcycle.cli.exits import Exit
from tests.support.project import sliced_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("lifecycle")]

_SPEC = "specs/flight_delays.yaml"
_MLCYCLE = (sys.executable, "-m", "mlcycle.cli.main")


def _mlcycle(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_MLCYCLE, *arguments], cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, example_data: Path, repository: Path) -> Path:
    """The example on a slice of flights, run once, with a gate that the slice can pass."""
    folder = sliced_project(tmp_path_factory.mktemp("lifecycle") / "project", flights=20_000)
    text = (folder / _SPEC).read_text()
    (folder / _SPEC).write_text(text.replace("min: 0.66", "min: 0.55").replace("max: 0.15", "max: 0.9"))
    (folder / "request.json").write_text((repository / "examples" / "request.json").read_text())
    done = _mlcycle(folder, "run", _SPEC)
    assert done.returncode == Exit.OK, done.stderr
    assert "registered    version 1" in done.stdout
    return folder


def test_a_second_run_has_nothing_to_do(project: Path) -> None:
    done = _mlcycle(project, "run", _SPEC, "--no-summary")
    assert (done.returncode, done.stdout) == (Exit.OK, "")
    assert done.stderr.strip().startswith("nothing changed: all ")


def test_a_changed_description_leaves_the_model_alone(project: Path) -> None:
    text = (project / _SPEC).read_text()
    try:
        (project / _SPEC).write_text(text.replace("Warn connecting passengers early.", "Warn them."))
        planned = _mlcycle(project, "plan", _SPEC).stdout.splitlines()
    finally:
        (project / _SPEC).write_text(text)
    assert [line.split()[1] for line in planned if line.startswith("  build")] in ([], ["models/late/card"])


def test_a_stricter_gate_judges_again_and_fails(project: Path) -> None:
    text = (project / _SPEC).read_text()
    try:
        (project / _SPEC).write_text(text.replace("min: 0.55", "min: 0.99"))
        planned = _mlcycle(project, "plan", _SPEC).stdout
        done = _mlcycle(project, "run", _SPEC)
    finally:
        (project / _SPEC).write_text(text)
    assert "build    models/late/evaluation" in planned
    assert "keep     models/late/training" in planned
    assert done.returncode == Exit.GATE, done.stderr
    assert "metric roc_auc failed" in done.stderr
    assert "limit min 0.99" in done.stderr
    assert "models/late/training" not in done.stderr


def test_a_service_is_served_and_asked(project: Path) -> None:
    command = [*_MLCYCLE, "serve", "delays_api", "--port", "0"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            ready = serving.stdout.readline()
            asked = _mlcycle(project, "predict", "delays_api", "request.json")
            refused = _mlcycle(project, "predict", "delays_api", '{"carrier": 1}')
        finally:
            serving.send_signal(signal.SIGINT)
            ended = serving.wait(timeout=60)
    assert ready.startswith("ready at http://127.0.0.1:"), ready
    assert (asked.returncode, asked.stderr) == (Exit.OK, "")
    assert [len(row) for row in json.loads(asked.stdout)["predictions"]] == [4, 4]
    assert refused.returncode == Exit.WRONG
    assert "carrier" in refused.stdout
    assert ended == Exit.INTERRUPTED
    assert list((project / ".mlcycle").rglob("addresses/*.json")) == []
