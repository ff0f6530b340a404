from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from mlcycle.store import files
from mlcycle.store.database import connect
from mlcycle.store.files import FileDigests


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were really read."""
    seen: list[Path] = []
    real = files.sha256

    def counted(file: Path) -> str:
        seen.append(file)
        return real(file)

    monkeypatch.setattr(files, "sha256", counted)
    return seen


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, read: list[Path]) -> None:
    digests = FileDigests(engine=connect(f"sqlite:///{tmp_path}/state.db"))
    file = tmp_path / "a.csv"
    file.write_text("1")

    assert digests.sha256(file) == digests.sha256(file) == hashlib.sha256(b"1").hexdigest()
    assert read == [file]

    file.write_text("2")
    os.utime(file, ns=(1, 1))
    assert digests.sha256(file) == hashlib.sha256(b"2").hexdigest()
    assert len(read) == 2


def test_a_file_swapped_for_one_of_equal_size_and_time_is_seen(tmp_path: Path) -> None:
    digests = FileDigests(engine=connect(f"sqlite:///{tmp_path}/state.db"))
    file, other = tmp_path / "a.csv", tmp_path / "b.csv"
    file.write_text("1")
    other.write_text("2")
    os.utime(file, ns=(5, 5))
    os.utime(other, ns=(5, 5))
    before = digests.sha256(file)
    other.replace(file)

    assert digests.sha256(file) != before
