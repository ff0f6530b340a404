"""Paths that stand for any number of files."""

from __future__ import annotations

from pathlib import Path


def is_pattern(text: str) -> bool:
    """Whether a path stands for any number of files."""
    return any(mark in text for mark in "*?[")


def matches(root: Path, pattern: str) -> tuple[Path, ...]:
    """The files below the root that a pattern stands for, in order of their path.

    `*` stands for any characters of a name, `**` for any folders. What links lead to has yet to be looked at.
    """
    home = root.resolve()
    return tuple(sorted(path for path in home.glob(pattern) if path.is_file()))
