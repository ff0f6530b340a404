"""Read a Parquet file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.kinds.sources.conform import conform
from mlcycle.kinds.sources.files import located
from mlcycle.task import WorkError


def read(config: Mapping[str, Any], root: Path) -> pl.DataFrame:
    """The table, its columns in our dtypes; raises WorkError MLC811 to MLC814."""
    path = located(root, config["path"])
    try:
        frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise WorkError("MLC814", f"`{config['path']}` is no Parquet file: {reason}", step="read") from None
    return conform(frame, config)
