"""The command line in a process of its own, without importing everything anew each time."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.support.preloaded"])


def forked(call: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Begin a call in a process forked from one that has imported what a run imports.

    That is what such processes share, and nothing else. The call stands in a module.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(REPOSITORY))  # or what is to be preloaded is not found, and not missed
        forkserver.ensure_running()
    process = _FORKS.Process(target=call, args=arguments, daemon=False)
    process.start()
    return process


def mlcycle(
    root: Path, *arguments: str, seconds: float = 600, installed: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in `root`, in a forked process; the environment is this process's as it is now.

    installed: a folder with more packages.
    """
    paths = (root,) if installed is None else (installed, root)
    with tempfile.TemporaryDirectory() as folder:
        said, told = Path(folder) / "stdout", Path(folder) / "stderr"
        process = forked(_command, paths, arguments, dict(os.environ), said, told)
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(arguments, seconds, said.read_bytes(), told.read_bytes())
        return subprocess.CompletedProcess(
            arguments, process.exitcode, said.read_text(encoding="utf-8"), told.read_text(encoding="utf-8")
        )


def _command(
    paths: tuple[Path, ...], arguments: tuple[str, ...], environ: dict[str, str], said: Path, told: Path
) -> None:
    """In the forked process: stand where `python -m mlcycle.cli.main` would have begun, in the last path."""
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(paths[-1])
    for number, path in ((0, Path(os.devnull)), (1, said), (2, told)):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate("rww")
    )
    sys.path[:0] = map(str, reversed(paths))
    sys.argv = ["mlcycle", *arguments]
    from mlcycle.cli.main import main

    try:
        main()
    except SystemExit as ended:
        status = ended.code
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(status or 0))
