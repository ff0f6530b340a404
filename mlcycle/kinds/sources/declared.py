"""Tables whose columns the spec declares, because checking does not ask the outside for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from mlcycle.kinds.sources.arrays import dtype_of
from mlcycle.kinds.sources.conform import conform, refuse_missing
from mlcycle.task import WorkError

#: What may stand for a declared dtype without a word: found -> declared. Text is parsed as a time, strictly.
_FITS = {
    ("int64", "float64"),
    ("date", "timestamp"),
    ("string", "timestamp"),
    ("string", "date"),
    ("unknown", "string"),
}


def declared(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """The declared columns of a table that has types of its own, in our dtypes and the declared order.

    Raises WorkError MLC812 for one that is not there, MLC820 for one of another dtype, MLC813 for values that
    are none of it.
    """
    wanted = {column["name"]: column["dtype"] for column in config["columns"]}
    refuse_missing(wanted, frame.columns, "read")
    for name, dtype in wanted.items():
        kind = frame.schema[name]
        found = dtype_of(kind)
        if kind != pl.Null and found != dtype and (found, dtype) not in _FITS:
            message = f"column `{name}` is declared {dtype}, and the data has {found} ({kind})"
            help = f"declare `{name}: {{dtype: {found}}}`" if found != "unknown" else None
            raise WorkError("MLC820", message, step="read", help=help)
    return conform(frame.select(list(wanted)), config)
