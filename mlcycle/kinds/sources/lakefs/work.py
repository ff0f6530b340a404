"""Read objects of lakeFS: its S3 gateway has repositories as buckets, and refs as the first part of keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.kinds.sources.gathering import gathered
from mlcycle.kinds.sources.tables import tables


def read(config: Mapping[str, Any], root: Path) -> pl.DataFrame:
    """The declared columns of all objects. Raises WorkError as reading such files in `s3://` does."""
    with gathered(config, root) as found:
        return tables(found, config)
