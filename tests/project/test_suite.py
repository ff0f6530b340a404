"""The suite's own machinery: groups of tests that share a worker, and real servers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.support import servers
from tests.support.load import until
from tests.support.servers import POSTGRES, REDIS


@pytest.mark.xdist_group("together")
def test_the_scheduler_is_told_of_a_group(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("loadgroup", False):
        assert request.node.nodeid.endswith("@together")


def test_a_server_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers.shutil, "which", lambda name: None)
    with pytest.raises(RuntimeError, match=r"`no-such-server` is not installed: `make servers` installs it"):
        servers.program("no-such-server", "x")


_KILLED = """
import os, signal, sys
from tests.support import servers
from tests.support.load import until

with getattr(servers, f"{sys.argv[1]}_server")() as server:
    print(server.port, flush=True)
    sys.stdin.readline()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    "name", [pytest.param("postgres", marks=POSTGRES), pytest.param("redis", marks=REDIS)]
)
def test_a_server_ends_with_whoever_started_it(name: str, repository: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:  # the tests' own are closed to the user `postgres`
        Path(folder).chmod(0o755)
        environment = {**os.environ, "PYTHONPATH": str(repository), "TMPDIR": folder}
        command = [sys.executable, "-c", _KILLED, name]
        with subprocess.Popen(command, env=environment, stdin=PIPE, stdout=PIPE, text=True) as owner:
            assert owner.stdout is not None
            port = int(owner.stdout.readline())
            assert _listens(port)
            owner.communicate("die\n")
            assert owner.returncode == -signal.SIGKILL
            until(lambda: not _listens(port))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
