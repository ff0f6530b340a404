"""Paths of a spec stay inside the project, whatever they are made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcycle.language.paths import check, inside

OUTSIDE = [
    "", ".", "./", "..", "../a", "a/../b", "a/..", "./..", "/", "/etc/passwd", "//etc/passwd", "~/a",
    "~root/a", "a\0b", "\0", "a\nb", "a\x1b[2J", "a\\b", "..\\a", "C:/a", "C:a", "\\\\server\\share",
    "a\u202eb", "a" * 501, "a/../../..", "data/../../a", "\u2028", "../" * 50 + "etc/passwd", "./../a",
    "d:/x",
]  # fmt: skip


@pytest.mark.parametrize("text", OUTSIDE, ids=repr)
def test_refused_by_its_text(text: str, tmp_path: Path) -> None:
    assert check(text) is not None
    with pytest.raises(ValueError, match="the path"):
        inside(tmp_path, text)


@pytest.mark.parametrize(
    "text", ["a", "a/b.csv", "data/Übersicht 2024.csv", "...", "a..b", "./a", "-rf", "a/./b"]
)
def test_allowed(text: str, tmp_path: Path) -> None:
    assert check(text) is None
    assert inside(tmp_path, text).is_relative_to(tmp_path.resolve())


def test_links(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "out").symlink_to(outside)
    (root / "in").symlink_to(root / "data")
    (root / "chain").symlink_to(root / "out")
    assert inside(root, "in/a.csv") == root.resolve() / "data" / "a.csv"
    for text in ("out", "out/a.csv", "chain/a.csv", "in/../out"):
        with pytest.raises(ValueError, match="the path"):
            inside(root, text)


@given(st.text("./~\\ab:\0C\n", max_size=20))
def test_whatever_is_allowed_is_inside(text: str) -> None:
    root = Path("/srv/project")
    try:
        path = inside(root, text)
    except ValueError:
        return
    assert path.is_relative_to(root.resolve())
    assert path != root.resolve()
