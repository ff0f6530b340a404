"""Where a source's file is: inside the project's root, whatever links say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from mlcycle.task import WorkError

#: What becomes of a file's table before it is written again; the text is what means a missing value in it.
Change = Callable[[pl.DataFrame, str | None], pl.DataFrame]


def located(root: Path, declared: str) -> Path:
    """The file that `declared` (relative to the root) means; raises WorkError unless it is one inside it."""
    path = _inside(root, declared)
    if not path.is_file():
        raise _absent(f"there is no file `{declared}`")
    return path


def folder(root: Path, declared: str) -> Path:
    """As `located`, of a folder."""
    path = _inside(root, declared)
    if not path.is_dir():
        raise _absent(f"there is no folder `{declared}`")
    return path


def _inside(root: Path, declared: str) -> Path:
    home = root.resolve()
    path = (home / declared).resolve()
    if not path.is_relative_to(home):
        message = f"`{declared}` leads out of the project"
        raise WorkError("MLC811", message, step="read", help="copy the file into the project's folder")
    return path


def _absent(message: str) -> WorkError:
    help = "paths are relative to the folder with mlcycle.yaml"
    return WorkError("MLC811", message, step="read", help=help)
