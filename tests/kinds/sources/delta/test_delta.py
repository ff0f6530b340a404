"""Delta tables: versions, times, logs of other forms, and what a log must not reach."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import deltalake
import polars as pl
import pytest

from mlcycle.kinds.sources.delta.log import NoColumns, columns, commits
from tests.support.read import Reading

pytestmark = pytest.mark.slow

AT = datetime(2020, 1, 1, tzinfo=UTC)
COLUMNS = "amount: {nullable: true}"


def orders(first: int, count: int = 2) -> pl.DataFrame:
    numbers = range(first, first + count)
    return pl.DataFrame(
        {
            "id": list(numbers),
            "amount": [n * 1.5 if n % 2 else None for n in numbers],
            "at": [AT + timedelta(days=n) for n in numbers],
            "gift": [n % 2 == 0 for n in numbers],
        }
    )


def write(root: Path, frame: pl.DataFrame, mode: str = "append") -> None:
    deltalake.write_deltalake(root / "data/orders", frame.to_arrow(), mode=mode)


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    reading = Reading(tmp_path)
    reading.spec("kind: delta, path: data/orders, timestamp: at", columns=COLUMNS)
    write(tmp_path, orders(1))
    return reading


def test_the_newest_version_is_read_and_a_new_one_is_a_reason(reading: Reading) -> None:
    assert reading.table().equals(orders(1))
    assert reading.run().status == "reused"
    write(reading.root, orders(3))
    step = reading.step()
    assert "data changed: data/orders (0 of " in str(step.decision.reasons[0])  # type: ignore[union-attr]
    assert reading.table().equals(orders(1, 4))


def test_a_table_at_two_versions_and_two_times(reading: Reading) -> None:
    table = deltalake.DeltaTable(reading.root / "data/orders")
    first = datetime.fromtimestamp(table.history()[0]["timestamp"] / 1000, UTC)
    write(reading.root, orders(3))
    reading.spec("kind: delta, path: data/orders, timestamp: at, at_version: 0", columns=COLUMNS)
    assert reading.table().equals(orders(1))
    reading.spec("kind: delta, path: data/orders, timestamp: at, at_version: 1", columns=COLUMNS)
    assert reading.table().equals(orders(1, 4))
    for time, rows in ((first + timedelta(milliseconds=1), 2), (first + timedelta(days=1), 4)):
        reading.spec(
            f"kind: delta, path: data/orders, timestamp: at, at_time: '{time.isoformat()}'", columns=COLUMNS
        )
        assert reading.table().height == rows


def test_the_same_rows_in_another_version_are_not_written_again(reading: Reading) -> None:
    write(reading.root, orders(3))
    first = reading.run().result
    kept = reading.kept()
    deltalake.DeltaTable(reading.root / "data/orders").optimize.compact()
    again = reading.run()
    assert again.status == "built"
    assert again.same_content
    assert first is not None
    assert again.result is not None
    assert again.result.path == first.path
    assert reading.kept() == kept


def test_a_time_before_the_table(reading: Reading) -> None:
    reading.spec("kind: delta, path: data/orders, timestamp: at, at_time: '2019-12-31'", columns=COLUMNS)
    found = reading.refused()
    assert (found.code, found.message) == (
        "MLC822",
        "`data/orders` cannot be read at 2019-12-31T00:00:00+00:00: its log begins later",
    )


def test_a_version_that_is_not_there(reading: Reading) -> None:
    reading.spec("kind: delta, path: data/orders, timestamp: at, at_version: 7", columns=COLUMNS)
    found = reading.refused()
    assert found.code == "MLC822"
    assert "`data/orders` cannot be read at 7" in found.message
    assert found.span.line == 3


def test_a_folder_without_a_log(reading: Reading) -> None:
    (reading.root / "data/empty").mkdir()
    reading.spec("kind: delta, path: data/empty")
    assert reading.refused().code == "MLC811"
    reading.spec("kind: delta, path: data/nothing")
    assert reading.refused().message == "there is no folder `data/nothing`"


@pytest.mark.parametrize("form", ["file://{}", "{}", "../../../../../../../../../..{}"])
def test_a_log_that_names_a_file_outside(form: str, reading: Reading, outside: Path) -> None:
    log = reading.root / "data/orders/_delta_log/00000000000000000000.json"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for line in lines:
        if "add" in line:
            line["add"]["path"] = form.format(outside)
    log.write_text("\n".join(map(json.dumps, lines)))
    assert reading.refused().code in ("MLC811", "MLC814")


def test_a_table_with_a_link_that_leads_outside(reading: Reading, outside: Path) -> None:
    (part,) = (reading.root / "data/orders").glob("*.parquet")
    part.unlink()
    part.symlink_to(outside)
    found = reading.refused()
    assert (found.code, found.message) == (
        "MLC811",
        "the log of `data/orders` names a file outside of the project",
    )


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the same form that no project may read."""
    file = tmp_path_factory.mktemp("outside") / "secret.parquet"
    orders(1).write_parquet(file)
    return file


def test_columns_come_from_the_log_of_the_version(reading: Reading) -> None:
    wider = orders(3).with_columns(note=pl.lit("x"))
    deltalake.write_deltalake(
        reading.root / "data/orders", wider.to_arrow(), mode="append", schema_mode="merge"
    )
    table = reading.root / "data/orders"
    known = {"id": "int64", "amount": "float64", "at": "timestamp", "gift": "bool"}
    assert columns(commits(table, 0)) == known
    assert columns(commits(table, None)) == known | {"note": "string"}


def test_a_log_whose_columns_are_in_a_checkpoint(reading: Reading) -> None:
    table = deltalake.DeltaTable(reading.root / "data/orders")
    table.create_checkpoint()
    (reading.root / "data/orders/_delta_log/00000000000000000000.json").unlink()
    with pytest.raises(NoColumns, match="checkpoint"):
        columns(commits(reading.root / "data/orders", None))
    assert reading.table().height == 2


@pytest.mark.parametrize("schema", ["[]", '{"fields": 3}', '{"fields": [{"name": 1, "type": "long"}]}', "3"])
def test_a_log_of_another_form(reading: Reading, schema: str) -> None:
    log = reading.root / "data/orders/_delta_log/00000000000000000000.json"
    log.write_text(json.dumps({"metaData": {"schemaString": schema}}))
    with pytest.raises(NoColumns, match="another form"):
        columns((log,))
