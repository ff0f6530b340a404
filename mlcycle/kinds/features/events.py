"""Rows of a source as events of a key: when each became known, and in which order.

What a feature's work function is given: `frame` holds the rows of one source that have a key and a time, in
the order of their event time and then of the source's row key. It returns the *changes* of its feature: the
keys, `available_at` and the outputs, one row a (key, moment), each holding until the key's next row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

AVAILABLE = "available_at"
TIME = pl.Datetime("us", "UTC")

#: From when the values of a source without a timestamp hold.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def available_at(config: Mapping[str, Any], timestamp: str | None) -> pl.Expr:
    """When each row's value became known: event time + `available_after_seconds`, or the row's created
    timestamp where that is later. The rows of a static source (no timestamp) were always known.
    """
    if timestamp is None:
        moment = pl.lit(EPOCH, dtype=TIME)
    else:
        moment = pl.col(timestamp) + pl.duration(seconds=config.get("available_after_seconds", 0))
    created = config.get("created_timestamp")
    return moment if created is None else pl.max_horizontal(moment, pl.col(created))


def by_availability(
    frame: pl.DataFrame,
    config: Mapping[str, Any],
    keys: Sequence[str],
    timestamp: str | None,
    values: Mapping[str, pl.Expr],
) -> pl.DataFrame:
    """The rows with their keys, `available_at` and `values`, from the first known to the last of each key.

    Rows that became known at the same moment keep the order of `frame`: event time, then row key.
    """
    named = (expression.alias(name) for name, expression in values.items())
    known = frame.select(*keys, available_at(config, timestamp).alias(AVAILABLE), *named)
    return known.sort(*keys, AVAILABLE, maintain_order=True)


def newest(known: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Of the rows of a key that became known at the same moment, the last."""
    return known.unique(subset=[*keys, AVAILABLE], keep="last", maintain_order=True)
