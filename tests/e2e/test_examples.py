"""The other example projects on slices of their data: built, gated, served, and built no second time."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.support.command import mlcycle

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("examples")]

#: A spec -> its table, of which every n-th row is taken.
EXAMPLES = {"employment": ("people.parquet", 20), "mail_triage": ("mails.parquet", 2)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_built_once(name: str, example_data: Path, repository: Path, tmp_path: Path) -> None:
    table, every = EXAMPLES[name]
    for folder in ("data", "specs"):
        (tmp_path / folder).mkdir()
    shutil.copy(repository / "mlcycle.yaml", tmp_path)
    shutil.copy(repository / "specs" / f"{name}.yaml", tmp_path / "specs")
    pl.read_parquet(example_data / table).gather_every(every).write_parquet(tmp_path / "data" / table)
    spec = f"specs/{name}.yaml"
    done = mlcycle(tmp_path, "run", spec)
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("registered    version 1", "version 1 is champion", "asked over HTTP: largest difference"):
        assert said in done.stdout
    assert mlcycle(tmp_path, "test").returncode == 0
    again = mlcycle(tmp_path, "run", spec, "--no-summary")
    assert (again.returncode, again.stderr.strip().startswith("nothing changed")) == (0, True), again.stderr
