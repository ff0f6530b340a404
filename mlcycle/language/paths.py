"""Paths of a spec: below the project's root, always."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

_LONGEST = 500


def check(text: str) -> str | None:
    """Why a path cannot be one of the project's, judged by its text alone; None when it can."""
    if not text or len(text) > _LONGEST:
        return f"must have 1 to {_LONGEST} characters"
    if not text.isprintable():
        return "has a character that cannot be shown"
    if "\\" in text:
        return "has a backslash"
    if PurePosixPath(text).is_absolute() or PureWindowsPath(text).drive or text.startswith("~"):
        return "is absolute"
    if ".." in text.split("/"):
        return "goes up with `..`"
    if PurePosixPath(text) == PurePosixPath("."):
        return "names the root itself"
    return None


def inside(root: Path, text: str) -> Path:
    """The file or folder that a spec's path means.

    Raises ValueError with the reason unless it stays inside the root after every link is followed. What it
    names need not exist.
    """
    reason = check(text)
    if reason is not None:
        raise ValueError(f"the path {reason}")
    home = root.resolve()
    path = (home / text).resolve()
    if not path.is_relative_to(home):
        raise ValueError("the path leads out of the project through a link")
    return path
