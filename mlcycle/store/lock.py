"""One run a project at a time; who is refused is told who runs."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

#: Seconds to wait for another process that is just taking or leaving the lock.
_GUARD_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who holds a lock. `since` is an ISO time in UTC."""

    pid: int
    host: str
    since: str
    command: str

    def alive(self) -> bool:
        """Whether the process still runs; one on another host counts as running."""
        if self.host != socket.gethostname():
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def __str__(self) -> str:
        since = self.since[:19].replace("T", " ")
        return f"`{self.command}` (process {self.pid} on {self.host}, since {since} UTC)"


class Locked(Refused):
    """Another run of the same project holds the lock."""

    def __init__(self, project: str, owner: Owner | None) -> None:
        who = str(owner) if owner else "a process that left no note"
        super().__init__(
            (
                Diagnostic(
                    code="MLC870",
                    message=f"another run of `{project}` is going on: {who}",
                    span=NOWHERE,
                    help="wait until it has finished, or stop that process; what it has finished is kept",
                ),
            )
        )
        self.owner = owner


@contextmanager
def project_lock(folder: Path, project: str, *, command: str, now: datetime) -> Iterator[None]:
    """Hold the project's lock below `folder`; raises `Locked` when a living process has it.

    The operating system frees the lock of a process that dies. Where a child that it forked still holds the
    file open, the note tells that the owner is gone, and the lock is taken over under a fresh file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / f"{project}.json"
    me = Owner(pid=os.getpid(), host=socket.gethostname(), since=now.isoformat(), command=command)
    with FileLock(folder / f"{project}.guard", timeout=_GUARD_TIMEOUT):
        lock = _take(folder / f"{project}.lock", note, project)
        _write(note, me)
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            note.unlink()
        lock.release()


def _take(file: Path, note: Path, project: str) -> FileLock:
    lock = FileLock(file, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        owner = _read(note)
        if owner is None or owner.alive():
            raise Locked(project, owner) from None
        file.unlink(missing_ok=True)
        lock = FileLock(file, timeout=0)
        lock.acquire()
    return lock


def _write(note: Path, owner: Owner) -> None:
    temporary = note.with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(owner)))
    temporary.replace(note)


def _read(note: Path) -> Owner | None:
    try:
        return Owner(**json.loads(note.read_text()))
    except (OSError, ValueError, TypeError):
        return None
