"""Runs a feature view's work on a small table, and looks values up in what it wrote."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import polars as pl

from mlcycle.graph.node import Node, Step
from mlcycle.kinds.features import table as view_table
from mlcycle.ports import Ports
from mlcycle.task import Input, Outcome, Task

NO_PORTS = cast(Ports, None)
NOW = datetime(2014, 1, 1, tzinfo=UTC)


def step(name: str, kind: str, **config: Any) -> Step:
    """A step of a feature view: `columns`, `row`, `lag` or `aggregation`."""
    module = kind if kind in ("columns", "row") else f"{kind}.work"
    return Step(name=name, kind=kind, work=f"mlcycle.kinds.features.{module}:changes", config=config)


def view(
    name: str, steps: Sequence[Step], features: Mapping[str, str], keys: Mapping[str, str], **config: Any
) -> Node:
    """A feature view's node as the compiler emits it."""
    config = {
        "entity": "thing",
        "store_name": f"{name}__00000000",
        "available_after_seconds": 0,
        "keys": [{"name": key, "dtype": dtype} for key, dtype in keys.items()],
        "features": [{"name": feature, "dtype": dtype} for feature, dtype in features.items()],
        **config,
    }
    work = "mlcycle.kinds.features.table:materialize"
    return Node(
        name=f"shop/features/{name}", kind="feature_view", work=work, config=config, steps=tuple(steps)
    )


def run(node: Node, source: pl.DataFrame, folder: Path) -> tuple[pl.DataFrame, Outcome]:
    """Materialize `node` over `source`; returns its table and what it reported."""
    out, given = folder / "out", folder / "source"
    for path in (out, given):
        path.mkdir(parents=True, exist_ok=True)
    source.write_parquet(given / "data.parquet")
    inputs = {"source": Input(node="shop/sources/events", path=given, data_version="0")}
    outcome = view_table.materialize(
        Task(node=node, inputs=inputs, root=folder, out=out, now=NOW, ports=NO_PORTS)
    )
    return pl.read_parquet(out / "table.parquet"), outcome


def history(table: pl.DataFrame, **key: Any) -> list[dict[str, Any]]:
    """The rows of one key, oldest first."""
    return table.filter(**key).sort("event_timestamp").to_dicts()


def known_at(rows: Sequence[dict[str, Any]], at: datetime) -> dict[str, Any]:
    """What a point-in-time lookup finds: the newest row at or before `at`; empty where there is none."""
    found = bisect_right(rows, at, key=lambda row: row["event_timestamp"])
    return rows[found - 1] if found else {}
