"""Request rows with their scores, which every reader of the package scores again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from mlcycle.graph.node import Config

COUNT = 20


def rows(frame: pl.DataFrame, config: Config) -> list[dict[str, Any]]:
    """The request that each row of `frame` would have been, with the looked-up values given."""
    request = [(column["name"], f"request.{column['name']}") for column in config["request"]]
    views: Sequence[Mapping[str, Any]] = config["lookups"]
    found = []
    for row in frame.iter_rows(named=True):
        record = {name: _json(row[column]) for name, column in request}
        if views:
            record["lookups"] = {
                view["view"]: {f["name"]: _json(row[f"{view['view']}.{f['name']}"]) for f in view["features"]}
                for view in views
            }
        found.append(record)
    return found


def chosen(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows spread evenly over `frame`, at most COUNT."""
    return frame.gather_every(max(1, frame.height // COUNT)).head(COUNT)


def _json(value: Any) -> Any:
    """Times as ISO 8601 in UTC with Z; a number that is not one is missing."""
    if hasattr(value, "isoformat"):
        text: str = value.isoformat()
        return text.replace("+00:00", "Z")
    return None if isinstance(value, float) and value != value else value
