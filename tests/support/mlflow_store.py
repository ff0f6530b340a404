"""A tracking database with its tables, made once for a run of the suite and copied."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@cache
def _template() -> Path:
    from mlcycle.adapters.mlflow.client import client

    folder = Path(tempfile.mkdtemp(prefix="mlcycle-mlflow-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    client(f"sqlite:///{folder / 'mlflow.db'}").search_experiments(max_results=1)
    return folder / "mlflow.db"


def mlflow_store(folder: Path) -> Path:
    """Put an empty `mlflow.db` into `folder`; MLflow takes seconds to make one. Returns the folder."""
    shutil.copy(_template(), folder / "mlflow.db")
    return folder


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """A tracking server over the store in `folder`; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store, files = f"sqlite:///{folder / 'mlflow.db'}", str(folder / "served")
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store]
    command += [
        "--artifacts-destination",
        files,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(f"http://127.0.0.1:{port}", folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait(address: str, log: Path) -> None:
    import httpx

    end = time.monotonic() + 180
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/health", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)  # nothing tells when a port of another process opens
    raise TimeoutError(log.read_text()[-2000:])
