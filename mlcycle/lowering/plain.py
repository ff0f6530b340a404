"""Values as a node's config holds them: plain JSON, unset keys left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from mlcycle.graph.column import Column


def seconds(duration: timedelta | None) -> int | None:
    """A duration in whole seconds."""
    return None if duration is None else int(duration.total_seconds())


def kept(**keys: Any) -> dict[str, Any]:
    """The keys that have a value, so that a new optional key changes no digest."""
    return {key: value for key, value in keys.items() if value is not None}


def typed(columns: Iterable[Column]) -> list[dict[str, str]]:
    """Columns as `{name, dtype}`."""
    return [{"name": column.name, "dtype": column.dtype} for column in columns]
