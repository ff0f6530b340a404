"""kill -9 at points of the real run, then run again: the digests of a run that nobody killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import SPEC, Example, prepared
from tests.support.command import mlcycle

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("example")]

#: Each run dies at the first of these that it reaches and no run before it did; the next goes on from there.
POINTS = [
    "flight_delays/sources/flights:worked",
    "flight_delays/feature_store:worked",
    "flight_delays/models/late/dataset:moved",
    "flight_delays/models/late/training:worked",
    "flight_delays/models/late/package:begun",
    "flight_delays/models/late/evaluation:recorded",
    "flight_delays/services/delays_api/service:worked",
    "flight_delays/models/late/registration:worked",
    "flight_delays/services/delays_api/rollout:worked",
    "dagster:ended",
]

#: Imports once what a run imports, then forks a run for each kill: it prints the points in the order reached.
PARENT = """
import importlib, os, signal, sys
from dataclasses import replace
from pathlib import Path
from mlcycle import composition
from mlcycle.engine.events import silent
from mlcycle.engine.selection import Options
from mlcycle.language.workspace import LOCAL
from mlcycle.projects import compile_specs
from mlcycle.serving import feast_library
root, spec, left = Path(sys.argv[1]), sys.argv[2], set(sys.argv[3:])
(graph,) = compile_specs(root, (spec,))
for work in {work for node in graph.nodes for work in (node.work, *(step.work for step in node.steps))}:
    importlib.import_module(work.partition(":")[0])
for module in ("mlcycle.dagster.execute", "mlflow", "bentoml"):
    importlib.import_module(module)
feast_library.load()

def run(told):
    def fault(point):
        if point in left:
            os.write(told, point.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    runner = replace(composition.runner(graph, LOCAL, root), fault=fault)
    execution = composition.execution(LOCAL, root)
    report = runner.run(Options(), command="a run to be killed", execute=execution, listen=silent)
    print([(ran.node.name, ran.status, ran.diagnostics, ran.traceback) for ran in report.nodes])

while left:
    reads, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            run(told)
        finally:
            sys.stdout.flush()
            os._exit(1)
    os.close(told)
    ended = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(ended) or os.WTERMSIG(ended) != signal.SIGKILL:
        sys.exit(f"never reached: {left}")
    point = os.read(reads, 1000).decode()
    os.close(reads)
    print("KILLED", point, flush=True)
    left.remove(point)
"""


def test_a_run_killed_again_and_again_ends_where_an_unbroken_one_does(built: Example, tmp_path: Path) -> None:
    example = prepared(tmp_path / "killed")
    repository = Path(__file__).resolve().parents[2]

    killed = subprocess.run(
        [sys.executable, "-c", PARENT, str(example.root), SPEC, *POINTS],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    told = killed.stdout + killed.stderr
    assert killed.returncode == 0, told
    assert told.count("KILLED ") == len(POINTS)

    last = mlcycle(example.root, "run", SPEC)
    assert last.returncode == 0, last.stdout + last.stderr
    assert digests(example) == digests(built)
    version = next(r for r in example.runner().results() if r.node.endswith("/registration")).record[
        "version"
    ]
    assert version == "1", "registering again after a crash must find the version that is there"


def test_the_command_itself_killed_while_it_works(tmp_path: Path) -> None:
    """Without any help of ours: the process that a person started gets SIGKILL in the middle of its work."""
    example = prepared(tmp_path / "command", served=True)
    with subprocess.Popen(
        [sys.executable, "-m", "mlcycle.cli.main", "run", SPEC, "--until", "models/late/split"],
        cwd=example.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as command:
        assert command.stdout is not None
        for line in command.stdout:
            if "feature_store" in line:
                os.kill(command.pid, signal.SIGKILL)
                break
    assert command.returncode == -signal.SIGKILL

    again = mlcycle(example.root, "run", SPEC, "--until", "models/late/split")

    assert again.returncode == 0, again.stdout + again.stderr
    nodes = {result.node for result in example.runner().results()}
    assert "flight_delays/models/late/split" in nodes


def digests(example: Example) -> dict[str, str]:
    return {result.node: result.data_version for result in example.runner().results()}
