"""Bentos, built by `bentoml build` in a process of its own: building imports the generated service."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mlcycle.adapters.bentoml.process import Running, start
from mlcycle.ports import BuiltService
from mlcycle.task import WorkError
from mlcycle.telemetry import silence

_BENTOML = (sys.executable, "-m", "bentoml")


class BentoBuilder:
    """Keeps bentos, and homes of running services, below `home`."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def build(self, *, name: str, source: Path, labels: Mapping[str, str]) -> BuiltService:
        """Build `source`, or find the bento that was built from the same content.

        The version is the digest of the content; labels do not count. Raises WorkError MLC620.
        """
        content = _digest(source, everything=True)
        tag = f"{name.lower()}:{content[:16]}"
        path = self._home / "store" / "bentos" / tag.replace(":", "/")
        if not (path / "bento.yaml").is_file():
            self._run(source, tag, labels)
        return BuiltService(tag=tag, path=path, shell_digest=_digest(source, everything=False))

    def _run(self, source: Path, tag: str, labels: Mapping[str, str]) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        environ = {**os.environ, "BENTOML_HOME": str(self._home / "store")}
        silence(environ)
        environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environ.get("PATH", os.defpath)))
        marks = [word for key, value in sorted(labels.items()) for word in ("--label", f"{key}={value}")]
        name, version = tag.split(":")
        with tempfile.TemporaryDirectory() as scratch:
            # `bentoml build` refuses every path with a hidden folder in it, and artefacts lie in one.
            context = shutil.copytree(source, Path(scratch) / "service")
            done = subprocess.run(
                [*_BENTOML, "build", str(context), "--name", name, "--version", version, *marks],
                env=environ,
                cwd=context,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise WorkError(
                "MLC620",
                f"bentoml could not build {tag}: {_last_line(done.stderr or done.stdout)}",
                help="`bentoml build` in the generated folder shows the same",
            )

    def start(self, source: Path, *, environ: Mapping[str, str]) -> Running:
        """Start `source` on a free port of this machine."""
        return start(source, homes=self._home / "running", environ={**os.environ, **environ})


def _last_line(log: str) -> str:
    lines = log.strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _digest(folder: Path, *, everything: bool) -> str:
    """Digest of the folder's files; without `everything`, of the shell alone: what is not a package."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if everything or name.parts[0] != "packages":
            digest.update(f"{name.as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
