"""Which version serves: gates decide before, a canary under load after; nobody gets an error."""

from __future__ import annotations

import http.client
import json
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlcycle import composition
from mlcycle.language.workspace import LOCAL
from mlcycle.rollout.state import State
from tests.support.command import mlcycle
from tests.support.january import january

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("canary")]

SERVICE = "late/late_api"
SPEC = """\
mlcycle: 1
sources:
  flights:
    kind: csv
    path: flights.csv
    timestamp: scheduled_departure
    derive: {{late: {{expression: "arrival_delay {late} 15", dtype: bool}}}}
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
  late_api:
    model: late
    replay: {{rows: 50}}
{rollout}"""
CANARY = """\
    rollout:
      kind: canary
      steps: [{weight: 5%}, {weight: 25%, min_duration: 2s}, {weight: 100%}]
      analysis:
        - {kind: error_rate, max_increase: 15%}
        - {kind: latency, quantile: 80%, max_increase: 100%}
        - {kind: disagreement, max: 30%}
      deadline: 10m
"""

#: Prints the modules of MLflow and Dagster that a command line has imported.
_IMPORTED = """
import sys
from mlcycle.cli.main import status_of
status = status_of(sys.argv[1:])
print(status, *sorted({name.split(".")[0] for name in sys.modules} & {"mlflow", "dagster", "bentoml"}))
"""


@dataclass
class Load:
    """Asks a service without a break, in two threads, and counts what it answers."""

    port: int
    rows: list[dict[str, object]]
    statuses: Counter[object] = field(default_factory=Counter)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Load:
        self._threads = [threading.Thread(target=self._ask, args=(start,)) for start in range(2)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self._over.wait(0.004):
            number += 2
            body = json.dumps({"rows": [self.rows[number % len(self.rows)]]})
            try:
                connection.request("POST", "/predict", body, {"content-type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                self.statuses[answer.status] += 1
            except OSError as error:
                self.statuses[type(error).__name__] += 1
                connection.close()
        connection.close()


@dataclass
class Project:
    """A project whose service runs in `mlcycle serve`."""

    folder: Path
    said: queue.Queue[str]
    lines: list[str] = field(default_factory=list)

    def run(
        self, *, rounds: int = 20, depth: int = 4, least: float = 0.6, late: str = ">=", rollout: str = ""
    ) -> tuple[int, str]:
        """Train and start what is to take over: the exit status, and what was said."""
        text = SPEC.format(rounds=rounds, depth=depth, least=least, late=late, rollout=rollout)
        (self.folder / "specs" / "late.yaml").write_text(text)
        done = mlcycle(self.folder, "run", "specs/late.yaml", "--no-summary")
        return done.returncode, done.stdout + done.stderr

    def wait(self, words: str, seconds: float = 240) -> str:
        """The next line of `mlcycle serve` with these words."""
        until = time.monotonic() + seconds
        while True:
            try:
                line = self.said.get(timeout=max(0.1, until - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no line with `{words}` came: {self.lines}") from None
            self.lines.append(line)
            if words in line:
                return line

    @property
    def state(self) -> State:
        return composition.rollouts(LOCAL, self.folder).state(SERVICE)

    @property
    def champion(self) -> int | None:
        """The version that serves."""
        release = self.state.champion
        return None if release is None else int(release.version)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("canary")
    (folder / "specs").mkdir()
    (folder / "mlcycle.yaml").write_text("mlcycle: 1\n")
    january(4_000).write_csv(folder / "flights.csv")
    return Project(folder=folder, said=queue.Queue())


@pytest.fixture(scope="module")
def first(project: Project) -> tuple[int, str]:
    """What a run said whose limit was out of reach; relaxed, there is a version 1."""
    refused = project.run(least=0.99)
    assert project.champion is None
    status, said = project.run()
    assert (status, project.champion) == (0, 1), said
    assert "models/late/training" not in said  # only what follows from the limit
    return refused


@pytest.fixture(scope="module")
def load(project: Project, first: tuple[int, str]) -> Iterator[Load]:
    command = [sys.executable, "-m", "mlcycle.cli.main", "serve", "late_api", "--port", "0"]
    with subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, text=True) as serving:
        lines = serving.stdout
        assert lines is not None
        threading.Thread(
            target=lambda: [project.said.put(line.rstrip()) for line in lines], daemon=True
        ).start()
        try:
            url = project.wait("ready at").split()[2].removesuffix(":")
            frame = january(500).select("carrier", "distance", "departure_delay").drop_nulls()
            with Load(port=int(url.rsplit(":", 1)[1]), rows=frame.to_dicts()) as asking:
                yield asking
        finally:
            serving.terminate()


def test_the_gates_decide_which_version_serves(project: Project, first: tuple[int, str]) -> None:
    status, said = first
    assert status == 3
    assert "metric roc_auc failed" in said
    assert "--> specs/late.yaml:20:9" in said

    status, said = project.run(rounds=1, depth=1)
    assert (status, project.champion) == (3, 1)
    assert "champion roc_auc failed" in said

    status, said = project.run(rounds=24)
    assert (status, project.champion) == (0, 2), said

    for arguments in (["plan"], ["run", "specs/late.yaml", "--no-summary"], ["rollout", "status", "--json"]):
        command = [sys.executable, "-c", _IMPORTED, *arguments]
        done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=True)
        looked = done.stdout.splitlines()[-1]
        assert looked == ("0 mlflow" if arguments[0] == "rollout" else "0"), (arguments, looked)


def test_a_good_version_becomes_champion_and_a_wrong_one_is_taken_back(project: Project, load: Load) -> None:
    old = project.champion
    assert old is not None
    new, wrong = old + 1, old + 2
    assert project.run(rounds=28, rollout=CANARY)[0] == 0
    project.wait(f"version {old} is champion; version {new} gets 5% (stage 1 of 3)")
    project.wait(f"version {new} gets 25% (stage 2 of 3)")
    project.wait(f"version {new} gets 100% (stage 3 of 3)")
    project.wait(f"version {new} is champion")
    assert project.champion == new

    assert project.run(rounds=20, late="<", rollout=CANARY)[0] == 0
    line = project.wait(f"version {wrong} is taken back (failed)")
    assert line.startswith(f"version {new} is champion; ")
    assert "disagreement: " in line
    assert (project.champion, project.state.rollout) == (new, None)

    assert set(load.statuses) == {200}
    assert load.statuses[200] > 1_000
