"""The folders that nodes write: made aside, then moved into place in one step."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlcycle.graph.canonical import digest
from mlcycle.store.files import sha256
from mlcycle.store.result import Artifact, Result

_ASIDE = ".unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifacts:
    """Everything below one root, `<project>/<rest of the node's name>/<identity>/`."""

    root: Path

    def begin(self, node: str) -> Path:
        """A new empty folder to write into; nothing refers to it until `finish`."""
        aside = self.root / _project(node) / _ASIDE
        aside.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=aside, prefix=node.replace("/", ".") + "."))

    def finish(self, unfinished: Path, node: str, identity: str) -> str:
        """Move a written folder into place, safe against a power cut; returns its path below the root.

        A folder that is there already (the same work done again) is left alone, as an older result or a
        reader may still use it: the new one gets a number.
        """
        unfinished.chmod(0o755)
        _flush(unfinished)
        place = self.root / node / identity[:16]
        place.parent.mkdir(parents=True, exist_ok=True)
        attempt = 1
        while place.exists():
            attempt += 1
            place = place.with_name(f"{identity[:16]}-{attempt}")
        unfinished.rename(place)
        _flush_folder(place.parent)
        return place.relative_to(self.root).as_posix()

    def discard(self, unfinished: Path) -> None:
        """Remove a folder that `begin` gave and nothing refers to."""
        shutil.rmtree(unfinished)

    def drop(self, path: str) -> None:
        """Remove the folder of a result that nothing needs any more: it is there whole, or not at all."""
        if (self.root / path).is_dir():
            aside = self.begin(path)
            (self.root / path).rename(aside / "dropped")
            shutil.rmtree(aside)

    def folder(self, result: Result) -> Path:
        """Where a result lies."""
        return self.root / result.path

    def missing(self, result: Result) -> str | None:
        """The first file of a result that is gone or has another size, or None."""
        folder = self.folder(result)
        if not folder.is_dir():
            return result.path
        for artifact in result.files:
            file = folder / artifact.path
            if not file.is_file() or file.stat().st_size != artifact.size:
                return f"{result.path}/{artifact.path}"
        return None

    def sweep(self, project: str) -> None:
        """Remove what killed runs left unfinished. Only under the project's lock."""
        shutil.rmtree(self.root / project / _ASIDE, ignore_errors=True)


def listing(folder: Path) -> tuple[Artifact, ...]:
    """Every file below a folder in order of its path."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return tuple(Artifact(path=f.relative_to(folder).as_posix(), size=f.stat().st_size) for f in files)


def content_digest(folder: Path) -> str:
    """A digest of what the files below a folder are called and hold; not of times or modes."""
    return digest({artifact.path: sha256(folder / artifact.path) for artifact in listing(folder)})


def _project(node: str) -> str:
    return node.split("/", 1)[0]


def _flush(folder: Path) -> None:
    for artifact in listing(folder):
        with (folder / artifact.path).open("rb") as stream:
            os.fsync(stream.fileno())
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
