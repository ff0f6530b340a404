"""A feature view's table: the values of its features as step functions of time.

A row says which values hold for a key from `event_timestamp` on, until the key's next row. Looking up the
newest row at or before T therefore gives what was known at T, by the rules of time.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.graph.node import Step
from mlcycle.kinds.features.events import AVAILABLE
from mlcycle.kinds.sources.arrays import polars_type
from mlcycle.task import Outcome, Task, WorkError

EVENT = "event_timestamp"
CREATED = "created_timestamp"
TABLE_FILE = "table.parquet"
VIEW_FILE = "view.json"

_RESERVED = frozenset({EVENT, CREATED, AVAILABLE, "row_id", "predict_at"})


def materialize(task: Task) -> Outcome:
    """Write `table.parquet`, and `view.json` which says what a feature store needs to know of it.

    Rows of the source without a key or a time cannot be looked up; they are left out and counted.
    Raises WorkError MLC830 where a key or feature has a name that the table keeps for itself.
    """
    config = task.node.config
    keys = [key["name"] for key in config["keys"]]
    dtypes = {feature["name"]: polars_type(feature["dtype"]) for feature in config["features"]}
    _refuse_reserved([*keys, *dtypes])
    source = pl.read_parquet(task.inputs["source"].path / "data.parquet")
    usable = _usable(source, keys, config)
    parts = []
    for number, step in enumerate(task.steps()):
        task.progress(step.name, number / len(task.steps()))
        parts.append(_changes(step, usable, keys, config))
    table = _stamped(union(parts, keys), keys, dtypes)
    table.write_parquet(task.out / TABLE_FILE, compression="zstd")
    _write_view(task.out / VIEW_FILE, config)
    figures = _figures(source, usable, table, keys, config)
    return Outcome(figures=figures, key_figure=f"{table.height:,} rows, {figures['keys']:,} keys")


def union(parts: Sequence[pl.DataFrame], keys: Sequence[str]) -> pl.DataFrame:
    """One table of all features: a row where any of them changes, with the others as they stood."""
    if len(parts) == 1:
        return parts[0].sort(*keys, AVAILABLE)
    moments = pl.concat([part.select(*keys, AVAILABLE) for part in parts]).unique().sort(*keys, AVAILABLE)
    for part in parts:
        ordered = part.sort(*keys, AVAILABLE)
        moments = moments.join_asof(ordered, on=AVAILABLE, by=list(keys), check_sortedness=False)
    return moments


def _usable(source: pl.DataFrame, keys: Sequence[str], config: Mapping[str, Any]) -> pl.DataFrame:
    """The rows that have a key and a time, ordered by event time, then by row key, then as they came."""
    timestamp = config.get("timestamp")
    needed = [*keys] if timestamp is None else [*keys, timestamp]
    order = [] if timestamp is None else [timestamp]
    order += [column for column in config.get("row_key", ()) if column not in order]
    found = source.drop_nulls(needed)
    return found.sort(order, maintain_order=True) if order else found


def _changes(
    step: Step, usable: pl.DataFrame, keys: Sequence[str], config: Mapping[str, Any]
) -> pl.DataFrame:
    created = {"created_timestamp": config["created_timestamp"]} if "created_timestamp" in config else {}
    changes = pkgutil.resolve_name(step.work)
    found: pl.DataFrame = changes(usable, {**step.config, **created}, keys, config.get("timestamp"))
    return found


def _stamped(table: pl.DataFrame, keys: Sequence[str], dtypes: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The table as stored. A row was created when it became known: that leaves Feast nothing to tie-break."""
    moment = pl.col(AVAILABLE)
    features = (pl.col(name).cast(dtype) for name, dtype in dtypes.items())
    return table.select(*keys, moment.alias(EVENT), moment.alias(CREATED), *features)


def _refuse_reserved(names: Sequence[str]) -> None:
    for name in names:
        if name in _RESERVED:
            raise WorkError(
                "MLC830",
                f"a feature table keeps the name `{name}` for itself",
                help="give the column another name with `derive:` and use that",
            )


def _write_view(path: Path, config: Mapping[str, Any]) -> None:
    wanted = ("store_name", "entity", "keys", "features", "ttl_seconds")
    view = {name: config[name] for name in wanted if name in config}
    path.write_text(json.dumps(view, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _figures(
    source: pl.DataFrame,
    usable: pl.DataFrame,
    table: pl.DataFrame,
    keys: Sequence[str],
    config: Mapping[str, Any],
) -> dict[str, Any]:
    timestamp = config.get("timestamp")
    without_key = source.height - source.drop_nulls(list(keys)).height
    return {
        "rows": table.height,
        "keys": table.select(keys).n_unique() if table.height else 0,
        "rows_read": source.height,
        "rows_without_key": without_key,
        "rows_without_time": source.height - without_key - usable.height if timestamp is not None else 0,
    }
