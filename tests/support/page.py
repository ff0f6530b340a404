"""Dagster's page in a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
_REPOSITORY = Path(__file__).resolve().parents[2]


@contextmanager
def webserver(root: Path, log: Path, *, patience: float = 180.0) -> Iterator[str]:
    """`dagster-webserver` on the root's workspace.yaml and its persistent instance; gives its address."""
    shutil.copy(_REPOSITORY / "workspace.yaml", root)
    port = _free_port()
    command = [
        str(Path(sys.executable).with_name("dagster-webserver")),
        *("-h", "127.0.0.1", "-p", str(port), "-w", "workspace.yaml"),
    ]
    environ = {**os.environ, "DAGSTER_HOME": str(root / ".mlcycle/dagster"), "PYTHONPATH": str(_REPOSITORY)}
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=root, env=environ, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/server_info", process, patience)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def browser(width: int = 1600, height: int = 1000) -> Iterator[Page]:
    """A page of Debian's Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield chromium.new_page(viewport={"width": width, "height": height})
        finally:
            chromium.close()


def _wait(url: str, process: subprocess.Popen[bytes], patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        assert process.poll() is None, "the webserver ended"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"{url} did not answer within {patience:g} s")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
