"""Which installed distribution an import name belongs to, and its version."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mlcycle.graph.imports import find

ABSENT = "absent"


@cache
def library(module: str) -> tuple[str, str]:
    """(distribution, version) of a top-level import name; (module, "absent") when it is not installed."""
    try:
        return module, version(module)
    except PackageNotFoundError:
        pass
    file = find(module)
    if file is None:
        return module, ABSENT
    name = _owner(file, module)
    return (name, version(name)) if name else (module, "unknown")


def _owner(file: Path, module: str) -> str | None:
    """The distribution whose RECORD lists the module's file; reading a few hundred of them takes 50 ms."""
    folder = file.parent.parent if file.name == "__init__.py" else file.parent
    listed = f"{file.relative_to(folder).as_posix()},".encode()
    for record in sorted(folder.glob("*.dist-info/RECORD")):
        text = record.read_bytes()
        if text.startswith(listed) or b"\n" + listed in text:
            return record.parent.name.split("-", 1)[0].replace("_", "-")
    return None
