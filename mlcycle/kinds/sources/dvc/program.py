"""The program `dvc`, which has an environment of its own: its libraries contradict those of this one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mlcycle.task import WorkError

#: What would lead another Python astray.
_OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
_QUIET = {"DVC_NO_ANALYTICS": "true", "GIT_TERMINAL_PROMPT": "0"}
_SECONDS = 3600


class Failed(Exception):
    """It ended with an error; its text is the last that it said."""


def dvc(arguments: Sequence[str]) -> str:
    """What it prints. Raises Failed, and WorkError MLC829 where it is not installed."""
    program = shutil.which("dvc") or shutil.which("dvc", path=str(Path(sys.executable).parent))
    if program is None:
        help = "`uv tool install dvc` or `pipx install dvc`, and a plug-in for the remote: `dvc[s3]`"
        raise WorkError("MLC829", "the program `dvc` is not installed", step="read", help=help)
    environment = {name: value for name, value in os.environ.items() if name not in _OURS} | _QUIET
    try:
        ran = subprocess.run(
            [program, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"no answer in {_SECONDS // 60} minutes") from None
    if ran.returncode:
        raise Failed(_said(ran.stderr))
    return ran.stdout


def _said(text: str) -> str:
    """The error of its output, without the advice after it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["it said nothing"])[0].removeprefix("unexpected error - ")
