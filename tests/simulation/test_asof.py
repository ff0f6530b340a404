"""Data as of a moment: rows and values that were not known are not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from mlcycle.graph.column import NEVER, Column, ColumnRef
from mlcycle.graph.node import Node, Step
from mlcycle.kinds.sources.csv import work as csv
from mlcycle.kinds.sources.parquet import work as parquet
from mlcycle.simulation.asof import Known, known, mask, rewritten

NOON = datetime(2013, 5, 1, 12, tzinfo=UTC)
HOUR = 3_600_000_000


def table() -> pl.DataFrame:
    """Three rows at 10, 11 and 13 o'clock."""
    times = [NOON - timedelta(hours=2), NOON - timedelta(hours=1), NOON + timedelta(hours=1)]
    return pl.DataFrame({"at": times, "name": ["a", "b", "c"], "delay": [1.0, 2.0, 3.0]}).with_columns(
        pl.col("at").dt.cast_time_unit("us")
    )


def test_later_rows_are_not_there_and_late_values_are_missing() -> None:
    found = mask(table(), Known(timestamp="at", late={"delay": HOUR + HOUR // 2}), NOON)
    now = rewritten(table(), found)
    assert now["name"].to_list() == ["a", "b"]
    assert now["delay"].to_list() == [1.0, None]


def test_a_value_is_there_from_the_moment_it_is_known() -> None:
    """Rule 4: at T itself it counts."""
    found = mask(table(), Known(timestamp="at", late={"delay": HOUR}), NOON)
    assert rewritten(table(), found)["delay"].to_list() == [1.0, 2.0]


def test_a_row_whose_contract_wants_a_late_value_comes_with_it() -> None:
    facts = Known(timestamp="at", late={"delay": HOUR + 1}, needed=frozenset({"delay"}))
    assert rewritten(table(), mask(table(), facts, NOON))["name"].to_list() == ["a"]


def test_a_row_of_late_columns_alone_is_late() -> None:
    facts = Known(timestamp="at", late={"delay": HOUR + 1, "name": HOUR + 1})
    assert rewritten(table(), mask(table(), facts, NOON))["name"].to_list() == ["a"]


def test_a_row_written_later_was_not_there() -> None:
    written = table().with_columns(written=pl.Series([NOON + timedelta(days=1), NOON, NOON]))
    facts = Known(timestamp="at", created="written")
    assert rewritten(written, mask(written, facts, NOON))["name"].to_list() == ["b"]


def test_what_a_node_says_of_its_columns() -> None:
    columns = (
        Column(name="at", nullable=False),
        Column(name="delay", available_after=timedelta(hours=1)),
        Column(name="twin", available_after=NEVER),
        Column(name="sure", available_after=timedelta(hours=2), nullable=False),
    )
    node = Node(name="p/sources/s", kind="source.csv", work="", config={"timestamp": "at"}, columns=columns)
    assert known(node) == Known(
        timestamp="at", late={"delay": HOUR, "sure": 2 * HOUR}, needed=frozenset({"sure"})
    )
    assert known(Node(name="p/sources/s", kind="source.csv", work="")) is None


def test_a_column_of_the_file_is_late_under_whatever_name_it_has_later() -> None:
    """Cleaning renames, derives and fills; the file has the first name, and a value that was filled is no
    reason for its row to wait."""
    raw = frozenset({ColumnRef("s", "arr")})
    columns = (
        Column(name="at", nullable=False, lineage=frozenset({ColumnRef("s", "at")})),
        Column(name="delay", available_after=timedelta(hours=1), nullable=False, lineage=raw),
        Column(name="much_later", available_after=timedelta(hours=9), lineage=raw),
        Column(
            name="told_late", available_after=timedelta(hours=2), lineage=frozenset({ColumnRef("s", "at")})
        ),
    )
    node = Node(name="p/sources/s", kind="source.csv", work="", config={"timestamp": "at"}, columns=columns)
    assert known(node) == Known(timestamp="at", late={"arr": HOUR}, needed=frozenset({"arr"}))
    fill = Step(name="clean.0", kind="fill_nulls", work="", config={"columns": ["delay"]})
    assert known(replace(node, steps=(fill,))) == Known(timestamp="at", late={"arr": HOUR})


@pytest.mark.parametrize("missing", ["", "NA"])
def test_a_csv_file_keeps_its_form(tmp_path: Path, missing: str) -> None:
    raw = "at;name;delay\n2013-05-01 10:00;a;1\n2013-05-01 11:00;b;2\n2013-05-01 13:00;c;3\n"
    (tmp_path / "in.csv").write_text(raw)
    columns = [{"name": "at", "dtype": "timestamp"}, {"name": "delay", "dtype": "float64"}]
    config = {
        "path": "in.csv",
        "delimiter": ";",
        "columns": columns,
        "timestamp": "at",
        "timestamp_format": "%Y-%m-%d %H:%M",
        "null_values": [missing],
    }
    found = mask(csv.read(config, tmp_path), Known(timestamp="at", late={"delay": HOUR + 1}), NOON)
    csv.rewrite(config, tmp_path, tmp_path / "out.csv", lambda raw, text: rewritten(raw, found, text))
    again = csv.read({**config, "path": "out.csv"}, tmp_path)
    assert again["name"].to_list() == ["a", "b"]
    assert again["delay"].to_list() == [1.0, None]


def test_a_parquet_file_keeps_its_form(tmp_path: Path) -> None:
    table().write_parquet(tmp_path / "in.parquet")
    config = {"path": "in.parquet", "columns": [], "timestamp": "at"}
    found = mask(parquet.read(config, tmp_path), Known(timestamp="at"), NOON)
    parquet.rewrite(config, tmp_path, tmp_path / "out.parquet", lambda raw, text: rewritten(raw, found, text))
    assert pl.read_parquet(tmp_path / "out.parquet").equals(table().head(2))
