"""Fetch what DVC tracks, by the program `dvc`, and read it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.kinds.sources.dvc.program import Failed, dvc
from mlcycle.kinds.sources.files import folder
from mlcycle.kinds.sources.gathering import Found
from mlcycle.kinds.sources.tables import tables
from mlcycle.task import WorkError

_SHOWN = 16


def read(config: Mapping[str, Any], root: Path) -> pl.DataFrame:
    """The declared columns of the file, or of all files of the format in the folder.

    Raises WorkError MLC828 and MLC829, and as reading such files does.
    """
    with tempfile.TemporaryDirectory(prefix="mlcycle-") as place:
        return tables(_fetched(config, root, Path(place) / "out"), {**config, "connect": {}})


def version(config: Mapping[str, Any], root: Path) -> str:
    """A digest of the address of the content, which DVC makes from the content itself.

    What has no such address (no remote, or tracked by Git alone) is fetched and digested.
    """
    try:
        address = dvc([*_asked(config), "--show-url", "--", _repository(config, root), config["path"]])
    except Failed:
        with tempfile.TemporaryDirectory(prefix="mlcycle-") as place:
            found = _fetched(config, root, Path(place) / "out")
            content = [(file.name, hashlib.sha256(file.path.read_bytes()).hexdigest()) for file in found]
            return hashlib.sha256(repr(content).encode()).hexdigest()[:_SHOWN]
    return hashlib.sha256(address.strip().encode()).hexdigest()[:_SHOWN]


def _fetched(config: Mapping[str, Any], root: Path, out: Path) -> tuple[Found, ...]:
    repository = _repository(config, root)
    try:
        dvc([*_asked(config), "--out", str(out), "--", repository, config["path"]])
    except Failed as error:
        help = "`dvc get` says the same; look at `repo`, `rev`, `path` and the remote"
        raise WorkError(
            "MLC828", f"DVC did not give `{config['path']}`: {error}", step="read", help=help
        ) from None
    if out.is_file():
        return (Found(path=out, name=config["path"]),)
    ends = (".csv",) if config["format"] == "csv" else (".parquet", ".pq")
    files = sorted(path for path in out.rglob("*") if path.is_file() and path.suffix.lower() in ends)
    if not files:
        message = f"the folder `{config['path']}` has no file of the format {config['format']}"
        raise WorkError("MLC811", message, step="read")
    return tuple(Found(path=p, name=f"{config['path']}/{p.relative_to(out).as_posix()}") for p in files)


def _asked(config: Mapping[str, Any]) -> list[str]:
    given = ((option, config.get(option)) for option in ("rev", "remote"))
    return ["get", *(f"--{option}={value}" for option, value in given if value is not None)]


def _repository(config: Mapping[str, Any], root: Path) -> str:
    repo = config.get("repo")
    if repo is None:
        return str(root.resolve())
    return repo if "://" in repo or "@" in repo else str(folder(root, repo))
