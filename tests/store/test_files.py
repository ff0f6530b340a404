from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine

from mlcycle.store import files
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


def test_a_file_is_read_once_until_it_changes(engine: Engine, tmp_path: Path, read: list[Path]) -> None:
    digests = FileDigests(engine=engine)
    file = tmp_path / "a.csv"
    file.write_text("1")

    assert digests.sha256(file) == digests.sha256(file) == hashlib.sha256(b"1").hexdigest()
    assert read == [file]

    file.write_text("2")
    os.utime(file, ns=(1, 1))
    assert digests.sha256(file) == hashlib.sha256(b"2").hexdigest()
    assert len(read) == 2


def test_a_file_swapped_for_one_of_equal_size_and_time_is_seen(engine: Engine, tmp_path: Path) -> None:
    digests = FileDigests(engine=engine)
    file, other = tmp_path / "a.csv", tmp_path / "b.csv"
    file.write_text("1")
    other.write_text("2")
    os.utime(file, ns=(5, 5))
    os.utime(other, ns=(5, 5))
    before = digests.sha256(file)
    other.replace(file)

    assert digests.sha256(file) != before


def test_two_that_read_a_file_at_once_are_both_answered(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, real, together = tmp_path / "a.csv", files.sha256, Barrier(2)
    file.write_text("1")

    def reading(path: Path) -> str:
        together.wait()  # neither has stored it when the other looks
        return real(path)

    monkeypatch.setattr(files, "sha256", reading)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(FileDigests(engine=engine).sha256, [file, file]))
    assert found == [hashlib.sha256(b"1").hexdigest()] * 2
