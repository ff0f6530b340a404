"""Mistakes planted in copies of the example projects: each is found, with its line or its column."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.support.command import mlcycle

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("examples")]

FLIGHTS, PEOPLE, MAILS = "specs/flight_delays.yaml", "specs/employment.yaml", "specs/mail_triage.yaml"

Plant = Callable[[str, str, str], int]


@pytest.fixture
def root(tmp_path: Path, example_data: Path, repository: Path) -> Path:
    """A copy of the example projects with a part of their rows."""
    shutil.copytree(repository / "specs", tmp_path / "specs")
    shutil.copy(repository / "mlcycle.yaml", tmp_path)
    (tmp_path / "data").mkdir()
    shutil.copy(example_data / "planes.csv", tmp_path / "data")
    for name, every in {"flights": 200, "weather": 20, "people": 100, "mails": 4}.items():
        table = pl.read_parquet(example_data / f"{name}.parquet").gather_every(every)
        table.write_parquet(tmp_path / "data" / f"{name}.parquet")
    return tmp_path


@pytest.fixture
def plant(root: Path) -> Plant:
    """`plant(spec, old, new)`: change a spec; returns the line of what is new."""

    def change(spec: str, old: str, new: str) -> int:
        text = (root / spec).read_text()
        assert old in text
        (root / spec).write_text(text.replace(old, new, 1))
        return text[: text.index(old)].count("\n") + 1

    return change


def _refused(root: Path, spec: str, code: str, line: int, *named: str) -> None:
    """Checking finds exactly one error, of that code, at that line, with these names."""
    done = mlcycle(root, "check", spec)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert said.count("error[") == 1, said
    assert f"error[{code}]" in said
    assert f"--> {spec}:{line}:" in said
    assert [name for name in named if name not in said] == []


def _warned(root: Path, spec: str, *said: str) -> None:
    """A run up to the split says this of the data."""
    done = mlcycle(root, "run", spec, "--until", "split")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [part for part in said if part not in done.stdout] == [], done.stdout


def _mails(root: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    path = root / "data" / "mails.parquet"
    change(pl.read_parquet(path)).write_parquet(path)


def test_a_feature_known_only_later(root: Path, plant: Plant) -> None:
    line = plant(
        FLIGHTS, "[carrier, destination, distance]", "[carrier, destination, distance, departure_delay]"
    )
    done = mlcycle(root, "check", FLIGHTS)
    assert done.returncode == 1
    assert f"--> {FLIGHTS}:{line}:" in done.stdout
    assert done.stdout.count("error[MLC401]") == done.stdout.count("error[") > 0
    assert "departure_delay" in done.stdout


def test_the_labels_own_derivative(root: Path, plant: Plant) -> None:
    plant(
        FLIGHTS,
        "dtype: bool}\n",
        'dtype: bool}\n      hours: {expression: "arrival_delay / 60", dtype: float64}\n',
    )
    line = plant(FLIGHTS, "[carrier, destination, distance]", "[carrier, destination, distance, hours]")
    done = mlcycle(root, "check", FLIGHTS)
    assert done.returncode == 1
    assert "error[MLC401]" in done.stdout
    assert f"--> {FLIGHTS}:{line}:" in done.stdout
    assert "hours" in done.stdout


def test_a_column_that_gives_the_label_away(root: Path, plant: Plant) -> None:
    """Nothing in the spec could tell: only the data does."""
    _mails(root, lambda mails: mails.with_columns(folder=pl.col("kind").str.head(4) + "-2"))
    plant(MAILS, "links, is_html]", "links, is_html, folder]")
    _warned(root, MAILS, "`mail.folder`", "alone predict the label")


def test_duplicates_apart_from_the_key(root: Path, plant: Plant) -> None:
    plant(
        MAILS, "      - {kind: drop_duplicates, columns: [sender_domain, subject, body], keep: first}\n", ""
    )
    _mails(
        root,
        lambda mails: pl.concat([mails, mails.head(400).with_columns(pl.col("mail_id") + 1_000_000)]),
    )
    _warned(root, MAILS, "rows of validation and test are rows of train as well")


def test_a_shuffled_split_of_data_in_time(root: Path) -> None:
    _warned(root, MAILS, "of the test rows are older than the newest training row (by `received_at`)")


def test_a_gap_shorter_than_the_labels_delay(root: Path, plant: Plant) -> None:
    line = plant(FLIGHTS, "test: 0.2}", "test: 0.2, gap: 1h}")
    _refused(root, FLIGHTS, "MLC408", line)


def test_a_class_that_arrives_as_an_empty_cell(root: Path, plant: Plant) -> None:
    _mails(root, lambda mails: mails.with_columns(pl.col("kind").replace({"ham": ""})))
    pl.read_parquet(root / "data/mails.parquet").write_csv(root / "data/mails.csv")
    plant(MAILS, "kind: parquet\n    path: data/mails.parquet", "kind: csv\n    path: data/mails.csv")
    done = mlcycle(root, "run", MAILS, "--until", "split")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "contract" in said
    assert "`kind`" in said
    assert "null" in said


def test_dates_as_text_in_another_order(root: Path, plant: Plant) -> None:
    mails = pl.read_parquet(root / "data/mails.parquet").drop_nulls("received_at")
    mails.with_columns(pl.col("received_at").dt.strftime("%m/%d/%Y")).write_csv(root / "data/mails.csv")
    plant(MAILS, "timestamp: received_at", 'timestamp: received_at\n    timestamp_format: "%d/%m/%Y"')
    plant(MAILS, "kind: parquet\n    path: data/mails.parquet", "kind: csv\n    path: data/mails.csv")
    done = mlcycle(root, "run", MAILS, "--until", "mails")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "error[MLC813]: column `received_at` has values that are no `timestamp`" in said
    assert "written as '%d/%m/%Y'" in said
    assert "--> specs/mail_triage.yaml:7:" in said


def test_a_sensitive_column_as_an_input(root: Path, plant: Plant) -> None:
    line = plant(PEOPLE, "      - nativity\n", "      - race\n      - nativity\n")
    _refused(root, PEOPLE, "MLC420", line, "race")
