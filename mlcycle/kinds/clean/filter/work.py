"""Keep the rows for which a condition is true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.sources.derive import checked, computed
from mlcycle.task import WorkError


def apply(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The rows for which `sql` is true; unknown is not true. The SQL is checked again, against the rows."""
    expression = checked(config["sql"], frame, step=None)
    if expression.dtype != "bool":
        message = f"a condition is true or false, but `{config['sql']}` gives {expression.dtype}"
        raise WorkError("MLC817", message)
    return frame.filter(computed(frame, expression).fill_null(False))
