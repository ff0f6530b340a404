from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mlcycle.store.artifacts import Artifacts, content_digest, listing
from tests.store.test_results import RESULT

NAME = "ab" * 32


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(root=tmp_path / "artifacts")


def write(artifacts: Artifacts, text: str) -> str:
    folder = artifacts.begin("p/models/m")
    (folder / "deep").mkdir()
    (folder / "deep/a.txt").write_text(text)
    return artifacts.finish(folder, "p/models/m", NAME)


def test_a_folder_appears_whole(artifacts: Artifacts) -> None:
    path = write(artifacts, "one")

    assert path == f"p/models/m/{NAME[:16]}"
    assert [file.path for file in listing(artifacts.root / path)] == ["deep/a.txt"]


def test_an_older_folder_of_the_same_identity_is_left_alone(artifacts: Artifacts) -> None:
    first, second = write(artifacts, "one"), write(artifacts, "two")

    assert second == f"{first}-2"
    assert (artifacts.root / first / "deep/a.txt").read_text() == "one"


def test_what_was_left_unfinished_is_swept(artifacts: Artifacts) -> None:
    path = write(artifacts, "one")
    unfinished = artifacts.begin("p/models/m")
    other = artifacts.begin("q/models/m")

    artifacts.sweep("p")

    assert not unfinished.exists()
    assert other.exists()
    assert (artifacts.root / path).exists()


def test_missing_and_truncated_files_are_found(artifacts: Artifacts) -> None:
    path = write(artifacts, "one")
    result = replace(RESULT, path=path, files=listing(artifacts.root / path))
    assert artifacts.missing(result) is None

    (artifacts.root / path / "deep/a.txt").write_text("o")
    assert artifacts.missing(result) == f"{path}/deep/a.txt"


def test_the_digest_is_of_names_and_content_alone(artifacts: Artifacts, tmp_path: Path) -> None:
    one, two = artifacts.root / write(artifacts, "x"), artifacts.root / write(artifacts, "x")
    (two / "deep/a.txt").chmod(0o600)
    assert content_digest(one) == content_digest(two)

    (two / "deep/a.txt").rename(two / "deep/b.txt")
    assert content_digest(one) != content_digest(two)
