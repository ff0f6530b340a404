"""Files of either format as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from mlcycle.kinds.sources.csv import work as csv
from mlcycle.kinds.sources.gathering import Found
from mlcycle.kinds.sources.parquet import work as parquet


def tables(found: Sequence[Found], config: Mapping[str, Any]) -> pl.DataFrame:
    """The tables of files in `config["format"]`. Raises WorkError as the kinds of that name do."""
    return csv.tables(found, config) if config["format"] == "csv" else parquet.tables(found, config)
