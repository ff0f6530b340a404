"""What checking says of a cleaned table is what cleaning makes: names, types, order, nulls."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import polars as pl
import pytest

from mlcycle.kinds.sources.arrays import dtype_of
from mlcycle.kinds.sources.materialize import materialize
from mlcycle.ports import Ports
from mlcycle.task import Outcome, Task
from tests.support.graphs import lowered

EXAMPLES = sorted((Path(__file__).resolve().parents[3] / "docs/reference/examples").glob("clean.*.yaml"))
SPEC = """mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
    clean:
"""
STEPS = (
    "{kind: cast, columns: {distance: int64, flight_number: float64, carrier: int64}, bad_values: 'null'}",
    "{kind: map_values, column: origin, values: {EWR: true, JFK: false}, others: 'null'}",
    "{kind: map_values, column: flight_number, values: {'1': 10, '2': null}}",
    "{kind: fill_nulls, columns: [arrival_delay, air_time], value: 0}",
    """kind: aggregate
        by: [carrier]
        columns:
          scheduled_departure: {function: max, column: scheduled_departure}
          rows: {function: count}
          airports: {function: count_distinct, column: origin}
          sum: {function: sum, column: flight_number}
          mean: {function: mean, column: flight_number}
          first: {function: first, column: origin}
""",
)


@pytest.fixture(scope="module")
def flights(example_data: Path) -> pl.DataFrame:
    return pl.scan_parquet(example_data / "flights.parquet").gather_every(400).collect()


def made(text: str, root: Path, flights: pl.DataFrame) -> tuple[pl.DataFrame, Outcome]:
    graph = lowered(text).graph
    node = next(node for node in graph.nodes if "/sources/" in node.name)
    (root / "data").mkdir()
    flights.write_parquet(root / "data" / "flights.parquet")
    out = root / "out"
    out.mkdir()
    now = datetime(2014, 1, 1, tzinfo=UTC)
    outcome = materialize(Task(node=node, inputs={}, root=root, out=out, now=now, ports=cast(Ports, None)))
    table = pl.read_parquet(out / "data.parquet")
    assert {name: dtype_of(kind) for name, kind in table.schema.items()} == {
        c.name: c.dtype for c in node.columns
    }
    assert table.columns == [column.name for column in node.columns]
    assert [c.name for c in node.columns if not c.nullable and table[c.name].null_count()] == []
    return table, outcome


@pytest.mark.parametrize("path", [p for p in EXAMPLES if "python" not in p.name], ids=lambda path: path.stem)
def test_examples(path: Path, tmp_path: Path, flights: pl.DataFrame) -> None:
    _, outcome = made(path.read_text(), tmp_path, flights)
    (step,) = outcome.figures["steps"]
    assert step["why"]


@pytest.mark.parametrize("clean", STEPS)
def test_steps(clean: str, tmp_path: Path, flights: pl.DataFrame) -> None:
    made(f"{SPEC}      - {clean}\n", tmp_path, flights)
