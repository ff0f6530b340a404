"""Read a Parquet file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.kinds.sources.files import Change, located
from mlcycle.kinds.sources.gathering import Found, gathered, together
from mlcycle.task import WorkError


def read(config: Mapping[str, Any], root: Path) -> pl.DataFrame:
    """The table, its columns in our dtypes; raises WorkError MLC811 to MLC814, MLC820, MLC826 and MLC827."""
    with gathered(config, root) as found:
        return tables(found, config)


def tables(found: Sequence[Found], config: Mapping[str, Any]) -> pl.DataFrame:
    """The tables of files that are here. Raises as `read` does."""
    names = {file.path: file.name for file in found}
    within = (config["timestamp"], *config["within"]) if "within" in config else None
    return together(found, lambda path: (_table(path, names[path], within), 1), {**config, "typed": True})


def rewrite(config: Mapping[str, Any], root: Path, target: Path, change: Change) -> None:
    """Write what `change(table, text for a missing value)` makes of the file's table, in the same form."""
    null_values = config.get("null_values")
    path: str = config["path"]
    changed = change(_table(located(root, path), path), null_values[0] if null_values else None)
    changed.write_parquet(target, compression="zstd", compression_level=1)


def _table(path: Path, name: str, within: tuple[str, str, str] | None = None) -> pl.DataFrame:
    """The file's table; of one with times as times only what may lie within, rows without one included."""
    try:
        if within is None:
            return pl.read_parquet(path, glob=False, hive_partitioning=False)
        table = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        kind = table.collect_schema().get(within[0])
        return (table.filter(_within(kind, *within)) if isinstance(kind, pl.Datetime) else table).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise WorkError("MLC814", f"`{name}` is no Parquet file: {reason}", step="read") from None


def _within(kind: pl.Datetime, name: str, *bounds: str) -> pl.Expr:
    start, end = (datetime.fromisoformat(bound).astimezone(UTC) for bound in bounds)
    if kind.time_zone is None:
        start, end = start.replace(tzinfo=None), end.replace(tzinfo=None)
    return pl.col(name).is_null() | pl.col(name).is_between(start, end, closed="left")
