"""The newest value of a key less an earlier one: two lags, one taken from the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from mlcycle.kinds.features.events import AVAILABLE
from mlcycle.kinds.features.lag.work import changes as lag
from mlcycle.kinds.features.table import union

_NEWEST, _EARLIER = "__newest", "__earlier"


def changes(
    frame: pl.DataFrame, config: Mapping[str, Any], keys: Sequence[str], timestamp: str | None
) -> pl.DataFrame:
    """The lag of one row less that of `rows` more, or of `time_seconds`; null where either is."""
    back = {"time_seconds": config["time_seconds"]} if "time_seconds" in config else {}
    newest = {**_without(config), "output": _NEWEST, "rows": 1}
    earlier = {**_without(config), "output": _EARLIER, **(back or {"rows": config["rows"] + 1})}
    parts = [lag(frame, each, keys, timestamp) for each in (newest, earlier)]
    both = union(parts, keys)
    less = _number(_NEWEST, frame, config) - _number(_EARLIER, frame, config)
    return both.select(*keys, AVAILABLE, less.alias(config["output"]))


def _without(config: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name not in ("rows", "time_seconds")}


def _number(name: str, frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.Expr:
    truth = frame.schema[config["column"]] == pl.Boolean
    return pl.col(name).cast(pl.Int64) if truth else pl.col(name)
