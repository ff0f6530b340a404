"""Controllers that are killed anywhere: what was acknowledged is kept, and everything agrees again."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from mlcycle.control.places import traffic_folder
from mlcycle.control.reconcile import AUDIT_TAG, GENERATION_TAG
from mlcycle.control.rollouts import ACTIONS, Controller
from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.ports import Registry
from mlcycle.rollout.events import Event, Evidence, Failed, Started
from mlcycle.serving import traffic
from mlcycle.store.faults import Fault, no_fault
from mlcycle.store.rollouts import Change
from tests.support.mlflow_store import mlflow_store
from tests.support.releases import CANARY, INSTANT, SERVICE, advanced, later, release
from tests.support.small import kill_at
from tests.support.steered import MODEL, disagreements, ended, in_child, steered

pytestmark = pytest.mark.slow

#: Up to `change:written` a promotion that is killed has not happened; from then on it has.
BEFORE = ("change:locked", "change:appended", "change:written")
AFTER = (
    "change:committed",
    "reconcile:read",
    "reconcile:traffic",
    "reconcile:anchored",
    "reconcile:champion",
    "reconcile:challenger",
    f"reconcile:{GENERATION_TAG}",
    f"reconcile:{AUDIT_TAG}",
)


def last_stage(controller: Controller, version: int) -> tuple[str, int]:
    """Bring a version into its last stage; the rollout's id and the generation."""
    controller.start(SERVICE, release(version), CANARY, operation=f"start {version}")
    rollout = controller.store.state(SERVICE).rollout
    assert rollout is not None
    event = advanced(rollout.id, 0, later(1_000))
    state = controller.change(SERVICE, event, operation=f"advance {version}", expected=None).state
    return rollout.id, state.generation


@pytest.mark.parametrize("point", [*BEFORE, *AFTER])
def test_a_promotion_that_is_killed_at_a_named_point(tmp_path: Path, point: str) -> None:
    whole = steered(tmp_path)
    whole.start(SERVICE, release(1), INSTANT, operation="start 1")
    for version in range(2, 7):
        rollout, generation = last_stage(whole, version)
        event = advanced(rollout, 1, later(2_000))
        operation = f"promote {version}"

        def promote(event: Event, operation: str, generation: int, fault: Fault = no_fault) -> None:
            controller = steered(tmp_path, fault=fault)
            controller.change(SERVICE, event, operation=operation, expected=generation)

        killed = partial(promote, event, operation, generation, kill_at(point))
        assert ended(in_child(killed)) == -signal.SIGKILL

        state = whole.store.state(SERVICE)
        assert state.champion == release(version if point in AFTER else version - 1)
        assert whole.reconciler.reconcile(SERVICE).state == state
        assert disagreements(whole) == []
        assert whole.reconciler.reconcile(SERVICE).nothing
        promote(event, operation, generation)  # as whoever never got an answer
        assert whole.store.state(SERVICE).champion == release(version)
        assert whole.store.state(SERVICE).generation == generation + 1
        assert disagreements(whole) == []


def wander(home: Path, seed: int, acknowledgements: Path, url: str = "") -> None:
    """Do random things until killed; what was acknowledged is written down, durably, after each."""
    chance, controller = random.Random(seed), steered(home, url=url)
    controller.store.state(SERVICE)
    log = os.open(acknowledgements, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number in range(100_000):
        operation = f"{seed}.{number}"
        try:
            change = step(controller, chance, operation)
        except Refused:
            continue
        if change.changed:
            os.write(log, f"{json.dumps([operation, change.state.generation])}\n".encode())


def step(controller: Controller, chance: random.Random, operation: str) -> Change:
    rollout = controller.store.state(SERVICE).rollout
    what = chance.choice(["start", "start", "advance", "advance", "advance", "fail", "act"])
    if what == "act":
        return controller.act(SERVICE, chance.choice(ACTIONS), reason="", operation=operation)
    event: Event
    if what == "start" or rollout is None:
        plan = chance.choice([CANARY, CANARY, INSTANT])
        event = Started(at=later(0), id=operation, release=release(chance.randint(1, 9)), plan=plan)
    elif what == "fail":
        evidence = (Evidence(name="latency", verdict="fail"),)
        event = Failed(at=later(1_500), rollout=rollout.id, evidence=evidence)
    else:
        event = advanced(rollout.id, rollout.stage, later(1_500))
    return controller.change(SERVICE, event, operation=operation, expected=None)


def watched(home: Path, log: Path, lines: int, seconds: float) -> Iterator[int]:
    """The generations of the traffic document, as a worker sees them, until so many acknowledgements and a
    moment more."""
    end = None
    while end is None or time.monotonic() < end:
        document = traffic.read(traffic_folder(home, SERVICE))
        if document is not None:
            yield document.generation
        if end is None and log.exists() and log.read_text().count("\n") >= lines:
            end = time.monotonic() + seconds
        select.select([], [], [], 0.001)


def acknowledged(folder: Path) -> dict[str, int]:
    """Operation -> generation of every change that was acknowledged."""
    lines = [line for file in sorted(folder.glob("*.acks")) for line in file.read_text().splitlines()]
    return dict(json.loads(line) for line in lines)


def storm(home: Path, rounds: int, url: str = "") -> int:
    """Three controllers at a time, each killed at a random moment; returns how many were."""
    chance, whole, kills = random.Random(7), steered(home, url=url), 0
    for number in range(rounds):
        seeds = [number * 3 + i for i in range(3)]
        logs = [home / f"{seed}.acks" for seed in seeds]
        children = [in_child(partial(wander, home, *pair, url)) for pair in zip(seeds, logs, strict=True)]
        seen: list[int] = []
        for child, log in zip(children, logs, strict=True):
            seen += watched(home, log, chance.randint(0, 4), chance.uniform(0.0, 0.03))
            os.kill(child, signal.SIGKILL)
        kills += [ended(child) for child in children].count(-signal.SIGKILL)
        assert seen == sorted(seen), "an older traffic document was written over a newer one"
        whole.reconciler.reconcile(SERVICE)
        assert disagreements(whole) == []
        assert whole.reconciler.reconcile(SERVICE).nothing
    return kills


def check_acknowledged(home: Path, controller: Controller) -> int:
    """Every change that was acknowledged is in the trail, once, with the generation that was told; returns
    how many there were."""
    entries = controller.store.audit.entries()
    recorded = {entry.operation: entry.state["generation"] for entry in entries}
    assert len(recorded) == len(entries)
    assert list(recorded.values()) == list(range(1, len(entries) + 1))
    told = acknowledged(home)
    assert told.items() <= recorded.items()
    return len(told)


def test_a_hundred_kills_of_three_racing_controllers(tmp_path: Path) -> None:
    kills = storm(tmp_path, rounds=34)
    assert kills >= 100
    assert check_acknowledged(tmp_path, steered(tmp_path)) > 100


@pytest.mark.xdist_group("postgres")
def test_racing_controllers_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    assert storm(tmp_path, rounds=6, url=postgres_url) >= 18
    assert check_acknowledged(tmp_path, steered(tmp_path, url=postgres_url)) > 15


@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize("point", BEFORE)
def test_a_backend_of_postgresql_that_dies_before_its_commit(
    tmp_path: Path, postgres_url: str, point: str
) -> None:
    """The change has not happened, whoever asked for it is told, and doing it again is one change."""
    whole = steered(tmp_path, url=postgres_url)
    whole.start(SERVICE, release(1), INSTANT, operation="one")

    def terminate(reached: str) -> None:
        if reached == point:
            with whole.store.engine.begin() as connection:
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    dying = steered(tmp_path, url=postgres_url, fault=terminate)
    with pytest.raises(OperationalError):
        dying.start(SERVICE, release(2), INSTANT, operation="two")
    assert whole.store.state(SERVICE).champion == release(1)
    for _ in range(2):
        whole.start(SERVICE, release(2), INSTANT, operation="two")
    assert whole.store.state(SERVICE).generation == 2
    assert disagreements(whole) == []


def test_with_the_real_registry(tmp_path: Path, package: Path) -> None:
    """MLflow over SQLite: aliases and tags, a kill between them, and what makes it good."""
    registry = partial(mlflow_registry, mlflow_store(tmp_path))
    for digit in "12":
        registered(registry(), package, digit)
    whole = steered(tmp_path, registry=registry())
    whole.start(SERVICE, release(1), INSTANT, operation="one")
    rollout = whole.start(SERVICE, release(2), CANARY, operation="two").rollout
    assert rollout is not None
    assert disagreements(whole) == []

    def promote() -> None:
        killed = steered(tmp_path, registry=registry(), fault=kill_at("reconcile:champion"))
        killed.act(SERVICE, "promote", reason="", operation="three")

    assert ended(in_child(promote)) == -signal.SIGKILL
    assert whole.reconciler.registry.standing(MODEL).aliases == {"champion": "2", "challenger": "2"}
    assert not whole.reconciler.reconcile(SERVICE).nothing
    assert disagreements(whole) == []
    assert whole.reconciler.reconcile(SERVICE).nothing
    whole.act(SERVICE, "rollback", reason="", operation="four")
    assert whole.reconciler.registry.standing(MODEL).aliases == {"champion": "1"}
    assert disagreements(whole) == []


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder that stands for a package; nobody loads it here."""
    folder = tmp_path / "package"
    folder.mkdir()
    for name in ("manifest.json", "model.onnx"):
        (folder / name).write_text("{}")
    return folder


def mlflow_registry(folder: Path) -> Any:
    from mlcycle.adapters.mlflow.registry import MlflowRegistry

    uri = f"sqlite:///{folder / 'mlflow.db'}"
    return MlflowRegistry(tracking_uri=uri, cache=folder / "cache", artifact_root=folder / "files")


def registered(registry: Registry, package: Path, digit: str) -> None:
    registry.register(
        model=MODEL,
        package=package,
        package_digest=digit * 64,
        evidence_digest=digit * 64,
        run_id="",
        signature={
            "request": [{"name": "carrier", "dtype": "string", "nullable": False}],
            "task": "binary_classification",
        },
        tags={},
    )
