"""Runs the work of a model's rows on small tables, and asks what it wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import polars as pl

from mlcycle.graph.node import Node
from mlcycle.kinds.training.rows import make
from mlcycle.ports import Ports
from mlcycle.task import Input, Outcome, Task

START = datetime(2024, 1, 1, tzinfo=UTC)
TIME = pl.Datetime("us", "UTC")
FLIGHTS: Mapping[str, Any] = {
    "carrier": pl.String,
    "at": TIME,
    "value": pl.Int64,
    "made": TIME,
    "order": pl.Int64,
}
LABEL: Mapping[str, Any] = {
    "name": "label of later events",
    "dtype": "float64",
    "keys": ["carrier"],
    "timestamp": "at",
    "row_key": ["order"],
    "function": "mean",
    "column": "value",
    "window_seconds": 3600,
    "available_after_seconds": 0,
}
MEMBERS: Mapping[str, Any] = {
    "keys": [{"name": "carrier", "dtype": "string"}],
    "timestamp": "at",
    "available_after_seconds": 0,
}


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def events(*rows: tuple[str | None, float | None, int | None]) -> pl.DataFrame:
    """Events of carriers: whose, at which hour, and their value."""
    made = [
        {"carrier": who, "at": None if at is None else hour(at), "value": value, "order": order}
        for order, (who, at, value) in enumerate(rows)
    ]
    return pl.DataFrame(made, schema=FLIGHTS)


def run(
    folder: Path, config: Mapping[str, Any], now: datetime, **tables: pl.DataFrame
) -> tuple[pl.DataFrame, Outcome]:
    """The rows that are written, and what was reported; `tables` are the inputs by role."""
    inputs = {}
    for role, table in tables.items():
        (folder / role).mkdir(parents=True, exist_ok=True)
        table.write_parquet(folder / role / "data.parquet")
        inputs[role] = Input(node=f"shop/sources/{role}", path=folder / role, data_version="0")
    node = Node(name="shop/models/m/rows", kind="rows", work="", config=config, observes=("now",))
    (folder / "out").mkdir(exist_ok=True)
    ports = cast(Ports, None)
    outcome = make(Task(node=node, inputs=inputs, root=folder, out=folder / "out", now=now, ports=ports))
    return pl.read_parquet(folder / "out" / "data.parquet"), outcome


def population(label: Mapping[str, Any] | None = None, **moments: Any) -> dict[str, Any]:
    """The config of a population's node."""
    listed = {**MEMBERS, **moments}
    return {"timestamp": "as_of", "population": listed, "label": {**LABEL, **(label or {})}}
