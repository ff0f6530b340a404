"""A real Git repository with DVC and a remote, and a server that gives it away."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import free_port, program, running

TOOLS = Path(__file__).resolve().parents[2] / ".tools/dvc/bin"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository in `root`, its DVC remote beside it."""

    root: Path

    @property
    def path(self) -> str:
        """A PATH on which `dvc` is found."""
        found = shutil.which("dvc", path=f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
        if found is None:
            raise RuntimeError("this test needs the program `dvc`: `make servers` installs it into .tools")
        return f"{Path(found).parent}{os.pathsep}{os.environ['PATH']}"

    def create(self) -> None:
        self.root.mkdir()
        self._run("git", "init", "--quiet")
        remote = self.root.parent / "remote"
        remote.mkdir()
        (self.root / ".dvc").mkdir()
        (self.root / ".dvc/.gitignore").write_text("/tmp\n/cache\n")
        settings = f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {remote}\n"
        (self.root / ".dvc/config").write_text(settings)

    def track(self, tag: str, files: Mapping[str, str]) -> None:
        """Commit files under a tag: DVC tracks what lies at the top, a folder as a whole."""
        for name, text in files.items():
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_text(text)
        self._run("dvc", "add", "--quiet", *sorted({name.split("/")[0] for name in files}))
        self._run("git", "add", "--all")
        self._run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", tag)
        self._run("git", "tag", tag)

    def push(self) -> None:
        """Bring the data of all tags to the remote, and keep none of it here."""
        self._run("dvc", "push", "--quiet", "--all-tags")
        shutil.rmtree(self.root / ".dvc/cache")

    def copy(self, target: Path) -> None:
        """A clone without any of the data."""
        subprocess.run(["git", "clone", "--quiet", str(self.root), str(target)], check=True)

    def _run(self, *command: str) -> None:
        ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment |= {"PATH": self.path, "DVC_NO_ANALYTICS": "true"}
        subprocess.run(command, cwd=self.root, env=environment, check=True, capture_output=True)


@contextmanager
def git_server(folder: Path) -> Iterator[str]:
    """The address of a Git server that gives the repositories of a folder to anybody on this machine."""
    port = free_port()
    found = subprocess.run([program("git", "git"), "--exec-path"], check=True, capture_output=True, text=True)
    command = [f"{found.stdout.strip()}/git-daemon", f"--base-path={folder}", "--export-all"]
    command += ["--listen=127.0.0.1", f"--port={port}", str(folder)]

    def answers() -> None:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()

    with running(command, folder, None, answers, signal.SIGTERM):
        yield f"git://127.0.0.1:{port}"
