"""Read a Parquet file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.kinds.sources.conform import conform
from mlcycle.kinds.sources.files import Change, located
from mlcycle.task import WorkError


def read(config: Mapping[str, Any], root: Path) -> pl.DataFrame:
    """The table, its columns in our dtypes; raises WorkError MLC811 to MLC814."""
    return conform(_table(config, root), config)


def rewrite(config: Mapping[str, Any], root: Path, target: Path, change: Change) -> None:
    """Write what `change(table, text for a missing value)` makes of the file's table, in the same form."""
    null_values = config.get("null_values")
    changed = change(_table(config, root), null_values[0] if null_values else None)
    changed.write_parquet(target, compression="zstd", compression_level=1)


def _table(config: Mapping[str, Any], root: Path) -> pl.DataFrame:
    path = located(root, config["path"])
    try:
        return pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise WorkError("MLC814", f"`{config['path']}` is no Parquet file: {reason}", step="read") from None
