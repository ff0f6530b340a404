"""The commands after a run: a changed text, a stricter gate, a served and asked model."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlcycle.cli.exits import Exit
from tests.e2e.conftest import SPEC, Example
from tests.support.command import mlcycle

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("example")]


@pytest.fixture
def project(built: Example, repository: Path) -> Path:
    """The example after `mlcycle run`, with a request in its folder."""
    shutil.copy(repository / "examples" / "request.json", built.root)
    assert "registered    version 1" in built.output
    return built.root


def test_a_changed_description_leaves_the_model_alone(project: Path) -> None:
    text = (project / SPEC).read_text()
    try:
        (project / SPEC).write_text(text.replace("Warn connecting passengers early.", "Warn them."))
        planned = mlcycle(project, "plan", SPEC).stdout.splitlines()
    finally:
        (project / SPEC).write_text(text)
    assert [line.split()[1] for line in planned if line.startswith("  build")] in ([], ["models/late/card"])


def test_a_stricter_gate_judges_again_and_fails(project: Path) -> None:
    text = (project / SPEC).read_text()
    try:
        (project / SPEC).write_text(text.replace("min: 0.55", "min: 0.99"))
        planned = mlcycle(project, "plan", SPEC).stdout
        done = mlcycle(project, "run", SPEC)
    finally:
        (project / SPEC).write_text(text)
    assert "build    models/late/evaluation" in planned
    assert "keep     models/late/training" in planned
    assert done.returncode == Exit.GATE, done.stderr
    assert "metric roc_auc failed" in done.stderr
    assert "limit min 0.99" in done.stderr
    assert "models/late/training" not in done.stderr


def test_a_service_is_served_and_asked(project: Path) -> None:
    command = [sys.executable, "-m", "mlcycle.cli.main", "serve", "delays_api", "--port", "0"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            ready = serving.stdout.readline()
            asked = mlcycle(project, "predict", "delays_api", "request.json")
            refused = mlcycle(project, "predict", "delays_api", '{"carrier": 1}')
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
