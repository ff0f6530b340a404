from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlcycle.store.lock import Locked, project_lock

NOW = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)


def in_child(work: object) -> int:
    """Fork, call `work` in the child, return its process id once it has said that it is ready."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work(lambda: os.write(write, b"r"))  # type: ignore[operator]
        finally:
            os._exit(0)
    os.close(write)
    assert os.read(read, 1) == b"r"
    os.close(read)
    return child


def hold(folder: Path, command: str) -> int:
    def work(ready: object) -> None:
        with project_lock(folder, "p", command=command, now=NOW):
            ready()  # type: ignore[operator]
            signal.pause()

    return in_child(work)


def end(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_who_is_refused_learns_who_runs(tmp_path: Path) -> None:
    child = hold(tmp_path, "mlcycle run specs/p.yaml")
    try:
        with pytest.raises(Locked) as refused, project_lock(tmp_path, "p", command="other", now=NOW):
            pass
    finally:
        end(child)

    (found,) = refused.value.diagnostics
    assert found.code == "MLC870"
    assert found.message == (
        f"another run of `p` is going on: `mlcycle run specs/p.yaml` "
        f"(process {child} on {os.uname().nodename}, since 2026-01-01 12:30:00 UTC)"
    )


def test_another_project_is_not_held_up(tmp_path: Path) -> None:
    with (
        project_lock(tmp_path, "p", command="a", now=NOW),
        project_lock(tmp_path, "q", command="b", now=NOW),
    ):
        pass


def test_a_killed_owner_does_not_hold_the_lock(tmp_path: Path) -> None:
    end(hold(tmp_path, "first"))

    with project_lock(tmp_path, "p", command="second", now=NOW):
        assert '"second"' in (tmp_path / "p.json").read_text()


def test_a_lock_kept_open_by_an_orphan_of_a_dead_owner_is_taken_over(tmp_path: Path) -> None:
    """A forked grandchild still holds the file after its parent, who wrote the note, is gone."""
    orphan_read, orphan_write = os.pipe()

    def work(ready: object) -> None:
        with project_lock(tmp_path, "p", command="first", now=NOW):
            orphan = os.fork()
            if orphan == 0:
                ready()  # type: ignore[operator]
                signal.pause()
            os.write(orphan_write, str(orphan).encode())
            signal.pause()

    child = in_child(work)
    orphan = int(os.read(orphan_read, 20))
    end(child)
    try:
        with (
            project_lock(tmp_path, "p", command="second", now=NOW),
            pytest.raises(Locked),
            project_lock(tmp_path, "p", command="third", now=NOW),
        ):
            pass
    finally:
        os.kill(orphan, signal.SIGKILL)


def test_a_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with project_lock(tmp_path, "p", command="run", now=NOW):
            pass
    assert not (tmp_path / "p.json").exists()
