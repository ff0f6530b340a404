"""A child process that is started again when it ends, and never outlives whoever keeps it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mlcycle.serving.watchdog import OWNER

#: Seconds before a child that ended is started again: at first, and at the most.
_SOON, _LATE = 1.0, 30.0

#: Seconds that a child has to end by itself once it was told to.
_PATIENCE = 10.0


class _Keeper:
    def __init__(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        folder: Path,
        log: Path,
        heard: Callable[[str], None],
    ) -> None:
        self._command = command
        self._environ = environ
        self._folder = folder
        self._log = log
        self._heard = heard
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._keep, name="mlcycle-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._lock:
            self._over.set()
            if self._process is not None:
                self._process.terminate()
        self._thread.join(_PATIENCE)
        if self._process is not None and self._thread.is_alive():
            self._process.kill()
        self._thread.join()

    def _keep(self) -> None:
        pause = _SOON
        while not self._over.is_set():
            process = self._started()
            if process is None:
                return
            with process:
                for line in process.stdout or ():
                    pause = _SOON
                    self._heard(line.rstrip())
            self._over.wait(pause)
            pause = min(2 * pause, _LATE)

    def _started(self) -> subprocess.Popen[str] | None:
        with self._lock, self._log.open("ab") as errors:
            if self._over.is_set():
                return None
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=dict(self._environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
            return self._process


@contextmanager
def kept(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    folder: Path,
    log: Path,
    heard: Callable[[str], None],
) -> Iterator[None]:
    """Keep `command` running in `folder` for as long as the context is open.

    environ: of the child, which finds in it the FIFO to tie itself to (`serving.watchdog`). log: gets what it
    writes to standard error. heard: called with each line of its standard output, in a thread.
    """
    home = Path(tempfile.mkdtemp(prefix="mlcycle-keeper-"))
    fifo = home / "owner"
    os.mkfifo(fifo, 0o600)
    owner = os.open(fifo, os.O_RDWR | os.O_CLOEXEC)
    log.parent.mkdir(parents=True, exist_ok=True)
    keeper = _Keeper(command, environ={**environ, OWNER: str(fifo)}, folder=folder, log=log, heard=heard)
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()
        os.close(owner)
        shutil.rmtree(home, ignore_errors=True)
