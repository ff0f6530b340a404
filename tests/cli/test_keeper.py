"""A child that is kept: started again when it ends, told nothing twice, gone with its keeper."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlcycle.cli.keeper import kept

TELLS = "import os, sys; print('oh', file=sys.stderr, flush=True); print(os.getpid(), flush=True); {}"
WAITS = "sys.stdin.read(); import signal; signal.pause()"


@pytest.fixture
def heard() -> queue.Queue[str]:
    return queue.Queue()


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.slow
def test_it_is_started_again_and_stopped(tmp_path: Path, heard: queue.Queue[str]) -> None:
    command, log = [sys.executable, "-c", TELLS.format(WAITS)], tmp_path / "logs" / "child.log"
    with kept(command, environ=os.environ, folder=tmp_path, log=log, heard=heard.put):
        first = int(heard.get(timeout=30))
        os.kill(first, signal.SIGKILL)
        second = int(heard.get(timeout=30))
        assert second != first
    assert _gone(second)
    assert log.read_text() == "oh\noh\n"


def test_it_does_not_outlive_a_keeper_that_is_killed(tmp_path: Path) -> None:
    child = "import os, sys; from mlcycle.serving.watchdog import OWNER, tie; tie(os.environ[OWNER]); {}"
    child = child.format("print(os.getpid(), flush=True); import signal; signal.pause()")
    owner = (
        "import os, sys, signal; from pathlib import Path; from mlcycle.cli.keeper import kept\n"
        "say = lambda line: print(line, flush=True)\n"
        f"with kept([sys.executable, '-c', {child!r}], environ=os.environ, folder=Path('.'),"
        " log=Path('child.log'), heard=say):\n"
        "    signal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", owner], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    ) as keeper:
        assert keeper.stdout is not None
        pid = int(keeper.stdout.readline())
        fd = os.pidfd_open(pid)
        keeper.kill()
    import select

    assert select.select([fd], [], [], 30)[0], "the child lives on"
    os.close(fd)
