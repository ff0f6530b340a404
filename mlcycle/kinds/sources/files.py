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
    home = root.resolve()
    path = (home / declared).resolve()
    if not path.is_relative_to(home):
        message = f"`{declared}` leads out of the project"
        raise WorkError("MLC811", message, step="read", help="copy the file into the project's folder")
    if not path.is_file():
        message = f"there is no file `{declared}`"
        raise WorkError(
            "MLC811", message, step="read", help="paths are relative to the folder with mlcycle.yaml"
        )
    return path
