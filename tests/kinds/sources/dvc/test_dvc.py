"""A Git repository with DVC: at revisions, over a Git server, folders, and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.dvc_repository import Repository, git_server
from tests.support.read import Reading
from tests.support.servers import DVC

pytestmark = [pytest.mark.slow, *DVC[1:]]

COLUMNS = "id: {dtype: int64}, amount: {dtype: float64, nullable: true}"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """`orders.csv` at the tags `one` and `two`, a folder `months`, and a remote that has all of it."""
    repository = Repository(tmp_path_factory.mktemp("dvc") / "shop")
    repository.create()
    repository.track(
        "one",
        {
            "orders.csv": "id,amount\n1,2.5\n",
            "months/a.csv": "id,amount\n1,\n",
            "months/b.csv": "id,amount\n2,3\n",
        },
    )
    repository.track("two", {"orders.csv": "id,amount\n1,2.5\n2,\n"})
    repository.push()
    return repository


@pytest.fixture
def reading(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reading:
    """A project that has a copy of the repository below it."""
    monkeypatch.setenv("PATH", repository.path)
    repository.copy(tmp_path / "data")
    return Reading(tmp_path)


def test_a_folder_of_a_local_repository_at_a_revision(reading: Reading) -> None:
    reading.spec("kind: dvc, repo: data, path: months, format: csv, rev: one", columns=COLUMNS)
    assert reading.table().rows() == [(1, None), (2, 3.0)]


def test_a_file_of_a_repository_on_a_git_server(reading: Reading, repository: Repository) -> None:
    with git_server(repository.root.parent) as address:
        reading.spec(f'kind: dvc, repo: "{address}/shop", path: orders.csv, rev: two', columns=COLUMNS)
        assert reading.table().rows() == [(1, 2.5), (2, None)]


def test_what_is_not_there(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    reading.spec("kind: dvc, repo: data, path: orders.csv, rev: three", columns=COLUMNS)
    found = reading.refused()
    assert (found.code, found.span.line) == ("MLC828", 3)
    assert "three" in found.message
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert reading.refused().code == "MLC829"
