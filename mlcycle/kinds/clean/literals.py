"""Values of a step's config as Polars takes them in a column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl


def literal(value: Any, kind: pl.DataType) -> pl.Expr:
    """The value as a column of `kind`; text stands for times and dates."""
    if isinstance(value, str) and kind == pl.Date:
        value = date.fromisoformat(value)
    elif isinstance(value, str) and isinstance(kind, pl.Datetime):
        moment = datetime.fromisoformat(value)
        value = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return pl.lit(value, dtype=kind)
