"""Small feature tables for the tests of the Feast adapter."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from click.testing import CliRunner, Result

from mlcycle.ports import ViewTable
from mlcycle.serving import feast_library

TIME = pl.Datetime("us", "UTC")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

_TYPES = {
    "int64": pl.Int64(),
    "float64": pl.Float64(),
    "bool": pl.Boolean(),
    "string": pl.String(),
    "timestamp": TIME,
    "date": pl.Date(),
}


def make_view(
    folder: Path,
    name: str,
    keys: Mapping[str, str],
    features: Mapping[str, str],
    rows: Sequence[tuple[Any, ...]],
    ttl: timedelta | None = None,
) -> ViewTable:
    """A table with one row for each of `rows` (key..., moment, feature...), and the view that declares it."""
    path = folder / f"{name}.parquet"
    schema = [(key, _TYPES[dtype]) for key, dtype in keys.items()]
    schema += [("event_timestamp", TIME)]
    schema += [(feature, _TYPES[dtype]) for feature, dtype in features.items()]
    table = pl.DataFrame(list(rows), schema=schema, orient="row")
    table.with_columns(created_timestamp=pl.col("event_timestamp")).write_parquet(path)
    return ViewTable(
        name=name,
        entity="_".join(keys),
        keys=tuple(keys.items()),
        features=tuple(features.items()),
        path=path,
        ttl_seconds=None if ttl is None else int(ttl.total_seconds()),
        version=f"version of {name}",
    )


def asked(at: Sequence[datetime], **keys: Sequence[Any]) -> pl.DataFrame:
    """Rows for `historical`."""
    rows = pl.DataFrame({"predict_at": list(at), **keys}, schema_overrides={"predict_at": TIME})
    return rows.with_row_index("row_id").with_columns(pl.col("row_id").cast(pl.Int64))


def feast_command(folder: Path, *arguments: str) -> Result:
    """What `feast` does with a repository, without the seconds that a process of its own takes to start."""
    feast_library.load()
    from feast.cli.cli import cli

    path = list(sys.path)
    sys.modules.pop("features", None)  # of another repository
    try:
        with contextlib.chdir(folder):
            return CliRunner().invoke(cli, ["-c", str(folder), *arguments])
    finally:
        sys.path[:] = path
        sys.modules.pop("features", None)
