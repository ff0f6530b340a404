"""A service in processes of its own, started by `bentoml serve` and never outliving whoever started it."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from mlcycle.serving.watchdog import OWNER
from mlcycle.task import WorkError
from mlcycle.telemetry import silence


class NotStarted(WorkError):
    """MLC622: a service ended, or was not ready in time; the message holds the end of its log."""

    def __init__(self, message: str) -> None:
        super().__init__("MLC622", message, help="`bentoml serve` in the generated folder shows the same")


@dataclass(slots=True)
class Running:
    """A started service. Leaving its context stops it."""

    url: str
    host: str
    port: int
    log: Path
    process: subprocess.Popen[bytes]
    owner: int
    home: Path

    def wait_ready(self, seconds: float = 60.0, *, path: str = "/health/ready") -> None:
        """Return once `path` answers 200. Raises NotStarted if it does not within `seconds`.

        `/health/ready` means the online store too; `/version` only that the model is loaded and checked.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise NotStarted(f"the service ended with {self.process.returncode}\n{self.log_end()}")
            if self._status(path) == 200:
                return
            time.sleep(0.1)
        raise NotStarted(f"the service was not ready within {seconds:g} s\n{self.log_end()}")

    def _status(self, path: str) -> int:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def log_end(self, size: int = 4000) -> str:
        """The last `size` characters that the service wrote."""
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""

    def wait(self) -> int:
        """Wait until the service ends by itself."""
        return self.process.wait()

    def stop(self) -> None:
        """End the service and every worker of it; safe to call twice."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.owner >= 0:
            os.close(self.owner)  # any worker that is left sees that its owner has gone
            self.owner = -1
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    source: Path,
    *,
    homes: Path,
    environ: Mapping[str, str],
    host: str = "127.0.0.1",
    port: int = 0,
    log: Path | None = None,
) -> Running:
    """Start a bento or a generated folder; returns at once (see `Running.wait_ready`).

    homes: where this process gets a BENTOML_HOME of its own, because BentoML clears the folder of a
        service's metrics whenever another one with the same home starts.
    environ: of the service: the variables of `mlcycle.serving.settings`, API keys.
    port: 0 takes a free one.
    """
    homes.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(dir=homes, prefix="serve-"))
    fifo = home / "owner"
    os.mkfifo(fifo, 0o600)
    owner = os.open(fifo, os.O_RDWR | os.O_CLOEXEC)
    chosen = port or _free_port(host)
    output = log or home / "serve.log"
    with output.open("ab") as stream:
        process = subprocess.Popen(
            [*_COMMAND, str(source), "--host", host, "--port", str(chosen)],
            cwd=source,
            env=_variables(environ, home, fifo),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://{host}:{chosen}"
    return Running(url=url, host=host, port=chosen, log=output, process=process, owner=owner, home=home)


def _variables(environ: Mapping[str, str], home: Path, fifo: Path) -> dict[str, str]:
    """The service's environment; this interpreter's tools come first, as bentoml looks for some on PATH."""
    variables = {**environ, "BENTOML_HOME": str(home), OWNER: str(fifo)}
    silence(variables)
    tools = str(Path(sys.executable).parent)
    variables["PATH"] = os.pathsep.join((tools, variables.get("PATH", os.defpath)))
    return variables


_COMMAND = (sys.executable, "-m", "bentoml", "serve")


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        number: int = probe.getsockname()[1]
        return number
