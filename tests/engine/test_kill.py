"""A run that is killed anywhere, then run again, ends where an unbroken run ends."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcycle.engine.runner import Runner
from mlcycle.store.faults import no_fault
from tests.support.running import contents, run, versions
from tests.support.small import kill_at, small_graph, small_project, small_runner

pytestmark = pytest.mark.slow

POINTS = ["run:locked", "run:planned", "run:executed"] + [
    f"{node.name}:{point}"
    for node in small_graph().nodes
    for point in ("decided", "begun", "worked", "digested", "moved", "recorded")
]


def run_in_child(root: Path, fault: Callable[[str], None], *, after: float | None = None) -> int:
    """Fork and run; returns how the child ended: 0, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            if after is not None:
                signal.setitimer(signal.ITIMER_REAL, after)
            run(small_runner(root, fault=fault))
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, tuple[str, str]], dict[str, bytes]]:
    """Versions and files of a run that nobody killed."""
    root = tmp_path_factory.mktemp("unbroken")
    small_project(root)
    runner = small_runner(root)
    run(runner)
    return versions(runner), contents(root, runner)


def left(root: Path) -> list[str]:
    aside = root / ".mlcycle/artifacts/small/.unfinished"
    return [path.name for path in aside.iterdir()] if aside.exists() else []


def recovered(root: Path) -> Runner:
    """The project after another run, which found the lock free and swept what was left."""
    runner = small_runner(root)
    assert run(runner).ok
    assert left(root) == []
    assert run(runner).unchanged
    return runner


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point(
    root: Path, point: str, unbroken: tuple[dict[str, tuple[str, str]], dict[str, bytes]]
) -> None:
    assert run_in_child(root, kill_at(point)) == -signal.SIGKILL

    runner = recovered(root)
    assert (versions(runner), contents(root, runner)) == unbroken


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_rebuilding_every_result_is_the_old_or_the_new_one(root: Path, point: str) -> None:
    runner = small_runner(root)
    run(runner)
    old = versions(runner)
    (root / "data/a.txt").write_text("10 20")
    (root / "data/b.txt").write_text("30")

    assert run_in_child(root, kill_at(point)) == -signal.SIGKILL

    between = versions(runner)
    assert all(runner_has_files(root, runner, node) for node in between)
    recovered(root)
    new = versions(runner)
    assert new.keys() == old.keys()
    assert all(between[node] in (old[node], new[node]) for node in old)


def runner_has_files(root: Path, runner: Runner, node: str) -> bool:
    result = next(result for result in runner.results() if result.node == node)
    folder = root / ".mlcycle/artifacts" / result.path
    return all((folder / file.path).stat().st_size == file.size for file in result.files)


def test_killed_at_random_times(
    tmp_path: Path, unbroken: tuple[dict[str, tuple[str, str]], dict[str, bytes]]
) -> None:
    chance = random.Random(7)
    ended = []
    for attempt in range(25):
        root = tmp_path / str(attempt)
        small_project(root)
        ended.append(run_in_child(root, no_fault, after=chance.uniform(0.001, 0.12)))
        runner = recovered(root)
        assert (versions(runner), contents(root, runner)) == unbroken

    assert set(ended) <= {0, -signal.SIGALRM}
    assert ended.count(-signal.SIGALRM) >= 5
