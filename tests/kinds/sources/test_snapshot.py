"""A source that keeps to a recorded version of its table."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.read import Reading

pytestmark = pytest.mark.slow


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    reading = Reading(tmp_path)
    _data(reading, "id,amount\n1,5\n2,6\n")
    reading.spec(SOURCE)
    return reading


SOURCE = "kind: csv, path: orders.csv"


def _data(reading: Reading, text: str) -> None:
    (reading.root / "orders.csv").write_text(text)


def _version(reading: Reading) -> str:
    result = reading.run().result
    assert result is not None
    return result.data_version


def test_a_pinned_source_keeps_its_table_whatever_becomes_of_the_file(reading: Reading) -> None:
    first = _version(reading)
    kept = reading.kept()
    _data(reading, "id,amount\n1,5\n")
    assert _version(reading) != first
    reading.spec(f"{SOURCE}, snapshot: {first[:12]}")
    assert _version(reading) == first
    assert reading.table()["amount"].to_list() == [5, 6]
    assert reading.kept().keys() - kept.keys() == set(reading.kept()) - set(kept)
    assert len(reading.kept()) == 2
    _data(reading, "id,amount\n9,9\n")
    assert reading.run().status == "reused"
    reading.spec(SOURCE)
    assert reading.table()["id"].to_list() == [9]


def test_a_changed_contract_is_checked_on_the_pinned_table(reading: Reading) -> None:
    first = _version(reading)
    _data(reading, "id,amount\n1,500\n")
    limit = "amount: {checks: {in_range: {min_value: 6, max_value: 900}}}"
    reading.spec(f"{SOURCE}, snapshot: {first}", columns=limit)
    result = reading.run().result
    assert result is not None
    assert [check.verdict for check in result.checks] == ["fail"]


@pytest.mark.parametrize(
    ("source", "data", "code"),
    [
        ("snapshot: 00000000", "id,amount\n1,5\n", "MLC840"),
        ("snapshot: {}, clean: [{{kind: drop_nulls, columns: id}}]", "id,amount\n1,5\n", "MLC842"),
        ("snapshot: {}", "id,amount,colour\n1,5,red\n", "MLC843"),
        ("snapshot: {}", "id,amount\n1,five\n", "MLC843"),
    ],
    ids=["unknown", "other steps", "a new column", "another type"],
)
def test_what_cannot_be_kept(source: str, data: str, code: str, reading: Reading) -> None:
    first = _version(reading)
    _data(reading, data)
    reading.spec(f"{SOURCE}, {source.format(first)}")
    assert reading.refused().code == code
    reading.spec(f"{SOURCE}")
    assert reading.run().status == "built"


def test_a_snapshot_whose_files_are_gone(reading: Reading) -> None:
    first = _version(reading)
    shutil.rmtree(reading.root / ".mlcycle/artifacts")
    reading.spec(f"{SOURCE}, snapshot: {first}")
    assert reading.refused().code == "MLC841"


def test_digits_that_begin_two_snapshots(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = iter(["abcdef0123", "abcdef0145"])
    monkeypatch.setattr("mlcycle.engine.build.content_digest", lambda folder: next(versions))
    reading.run()
    _data(reading, "id,amount\n1,5\n")
    reading.run()
    reading.spec(f"{SOURCE}, snapshot: abcdef01")
    found = reading.refused()
    assert (found.code, found.message) == ("MLC840", "`abcdef01` begins the versions of 2 snapshots")


def test_the_same_content_again_is_not_written_again(reading: Reading) -> None:
    first = _version(reading)
    _data(reading, "id,amount\n3,5\n")
    _version(reading)
    kept = reading.kept()
    _data(reading, '"id","amount"\n1,5\n2,6\n')
    assert _version(reading) == first
    assert reading.kept() == kept
