"""A project whose features of the request are of every kind and dtype, with tables for its feature store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.graph.node import Node
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import load_spec
from mlcycle.lowering.lower import lower
from mlcycle.lowering.schemas import FileSchemas

SPEC = """
mlcycle: 1
owner: {team: shipping}
sources:
  parcels:
    kind: parquet
    path: parcels.parquet
    timestamp: sent_at
    columns:
      late: {nullable: true, available_after: 3d}
  depots: {kind: parquet, path: depots.parquet}
entities: {depot: depot}
feature_views:
  parcel:
    description: 'What is "known" of a parcel (when it is sent).'
    owner: {team: counters}
    source: parcels
    columns: [depot, pieces, weight, fragile, note, ordered, due]
    features:
      hour:    {kind: timestamp_part, column: sent_at, part: hour_of_day, timezone: America/New_York}
      weekend: {kind: timestamp_part, column: sent_at, part: is_weekend, timezone: America/New_York}
      season:  {kind: timestamp_part, column: sent_at, part: day_of_year, cyclical: cos}
      holiday: {kind: is_holiday, column: sent_at, country: US, timezone: America/New_York}
      words:   {kind: text_statistics, column: note, statistic: words}
      loud:    {kind: expression, expression: "upper(note) = note"}
      waited:  {kind: time_since, column: ordered, until: sent_at, unit: hours}
      aged:    {kind: time_since, column: depot_facts.opened, until: sent_at, unit: days}
  depot_facts:
    source: depots
    entity: depot
    columns: [capacity, opened, weight]
  crosses:
    features:
      load:     {kind: expression, expression: "parcel.weight / depot_facts.capacity"}
      capacity: {kind: expression, expression: "depot_facts.capacity * 2"}
      note:     {kind: expression, expression: "CASE WHEN parcel.pieces > 2 THEN lower(parcel.note) END"}
models:
  late:
    task: binary_classification
    label: parcels.late
    features: [parcel, depot_facts, crosses]
"""

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
_TIME = pl.Datetime("us", "UTC")
ROWS: Sequence[Mapping[str, Any]] = (
    {
        "depot": "north",
        "pieces": 3,
        "weight": 12.5,
        "fragile": True,
        "note": "HANDLE with care",
        "ordered": datetime(2013, 11, 26, 9, 30, tzinfo=UTC),
        "due": date(2013, 12, 2),
        "sent_at": datetime(2013, 11, 28, 15, tzinfo=UTC),
    },
    {
        "depot": "south",
        "pieces": None,
        "weight": None,
        "fragile": None,
        "note": None,
        "ordered": None,
        "due": None,
    }
    | {"sent_at": None},
    {
        "depot": "nowhere",
        "pieces": -1,
        "weight": 0.1,
        "fragile": False,
        "note": "",
        "ordered": datetime(2024, 3, 10, 6, tzinfo=UTC),
        "due": date(1969, 12, 31),
        "sent_at": datetime(2024, 3, 10, 4, 59, 59, tzinfo=UTC),
    },
    {
        "depot": "south",
        "pieces": 2,
        "weight": 1e9,
        "fragile": None,
        "note": "NOTE",
        "ordered": None,
        "due": None,
        "sent_at": datetime(2024, 7, 4, 12, tzinfo=UTC),
    },
)
DEPOTS: Sequence[tuple[Any, ...]] = (
    ("north", datetime(1970, 1, 1, tzinfo=UTC), 5, datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC), 7.5),
    ("south", datetime(1970, 1, 1, tzinfo=UTC), None, None, None),
)


@dataclass(frozen=True, slots=True)
class Parcels:
    """The nodes that say what is computed, and how the looked-up view is stored."""

    store: Node
    view: Node
    dataset: Node


def parcels(folder: Path) -> Parcels:
    """The project, lowered from files in `folder`."""
    schema = {"pieces": pl.Int64, "weight": pl.Float64, "fragile": pl.Boolean, "note": pl.String}
    times = {"ordered": _TIME, "due": pl.Date, "sent_at": _TIME}
    rows = pl.DataFrame(list(ROWS), schema={"depot": pl.String, **schema, **times})
    rows.with_columns(late=pl.lit(True)).write_parquet(folder / "parcels.parquet")
    columns = ["depot", "known", "capacity", "opened", "weight"]
    depots = pl.DataFrame(list(DEPOTS), schema=columns, orient="row").drop("known")
    depots.write_parquet(folder / "depots.parquet")
    (folder / "parcels.yaml").write_text(SPEC)
    kinds = find_kinds()
    loaded = load_spec(folder, "parcels.yaml", kinds)
    graph = lower(loaded, kinds, FileSchemas(folder, folder)).graph
    return Parcels(
        store=graph["parcels/feature_store"],
        view=graph["parcels/features/depot_facts"],
        dataset=graph["parcels/models/late/dataset"],
    )
