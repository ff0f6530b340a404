"""`mlcycle init`: a folder with a data file becomes a project whose draft has no mistake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlcycle.cli.exits import Exit
from mlcycle.cli.main import status_of


@pytest.fixture
def folder(tmp_path: Path, example_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data").mkdir()
    for name in ("weather.parquet", "planes.csv"):
        shutil.copy(example_data / name, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["weather.parquet", "planes.csv"])
def test_a_draft_has_no_mistake(folder: Path, name: str) -> None:
    assert status_of(["init", f"data/{name}"]) == Exit.OK
    assert (folder / "specs" / f"{name.split('.')[0]}.yaml").is_file()
    assert status_of(["check"]) == Exit.OK


@pytest.mark.slow
def test_the_schema_that_the_draft_names_is_there(folder: Path) -> None:
    assert status_of(["init", "data/planes.csv"]) == Exit.OK
    first = (folder / "specs" / "planes.yaml").read_text().splitlines()[0]
    assert (folder / "specs" / first.split("=")[1]).resolve().is_file()


@pytest.mark.slow
def test_nothing_is_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine.yaml").write_text("mine")
    assert status_of(["init", "data/planes.csv", "--output", "mine.yaml"]) == Exit.WRONG
    assert "`mine.yaml` exists already" in capsys.readouterr().err
    assert (folder / "mine.yaml").read_text() == "mine"
    assert status_of(["init", "data/planes.csv", "--output", "mine.yaml", "--force"]) == Exit.OK
    assert (folder / "mine.yaml").read_text() != "mine"


def test_data_outside_of_the_project_is_refused(folder: Path, example_data: Path) -> None:
    assert status_of(["init", str(example_data / "planes.csv")]) == Exit.USAGE
