"""Read what a SELECT gives: whole, or the rows since the last time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.kinds.sources.declared import declared
from mlcycle.kinds.sources.sql import duck, lite, postgres
from mlcycle.kinds.sources.sql.asked import Asked
from mlcycle.kinds.sources.sql.statement import SINCE, WITHIN, StatementError, parse
from mlcycle.task import WorkError

_DRIVERS = {"postgres": postgres, "sqlite": lite, "duckdb": duck}


def read(config: Mapping[str, Any], root: Path) -> pl.DataFrame:
    """The declared columns of all rows. Raises WorkError MLC811, MLC823 to MLC825, and as `declared` does."""
    asked = _asked(config, root)
    return _frame(_DRIVERS[config["dialect"]].rows(asked), config)


def extend(config: Mapping[str, Any], root: Path, before: pl.DataFrame) -> pl.DataFrame:
    """`before` and the rows since; those at its greatest cursor are read again, as more may have come.

    A row with the key of an earlier one replaces it. Raises as `read` does.
    """
    cursor, key = config["cursor"], list(config["key"])
    newest = before[cursor].max() if before.height else None
    if newest is None:
        return read(config, root)
    asked = _asked(config, root, since=newest)
    new = _frame(_DRIVERS[config["dialect"]].rows(asked), config)
    settled = before.filter(pl.col(cursor) < newest)
    if key:
        settled = settled.join(new.select(key), on=key, how="anti", nulls_equal=True, maintain_order="left")
    return pl.concat([settled, new])


def version(config: Mapping[str, Any], root: Path) -> str:
    """How many rows there are, and the greatest cursor or a digest of all rows, whatever their order."""
    asked = _asked(config, root)
    count, digest = _DRIVERS[config["dialect"]].version(asked, config.get("cursor"))
    return f"{count} rows, {digest}"


def _asked(config: Mapping[str, Any], root: Path, since: object = None) -> Asked:
    try:
        statement = parse(config["query"], config["dialect"])
    except StatementError as error:
        raise WorkError(error.code, error.message, step="read", help=error.help) from None
    sql = statement.sql(since=config["cursor"] if since is not None else None)
    values = dict(config["parameters"]) | ({SINCE: since} if since is not None else {})
    if (bounds := _bounds(config)) is not None:
        sql = statement.within(config["timestamp"])
        values |= dict(zip(WITHIN, bounds, strict=True))
    return Asked(
        database=config["connect"]["database"],
        root=root,
        sql=sql,
        values=values,
        seconds=config["timeout_seconds"],
    )


def _bounds(config: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """What the times of a partition are compared with; None for the whole table.

    SQLite has texts of times: they are compared by their date, a day wider on both sides for any offset, and
    in a form of their own not at all. What is beyond the partition is left out afterwards.
    """
    if "within" not in config:
        return None
    start, end = (datetime.fromisoformat(bound) for bound in config["within"])
    if config["dialect"] != "sqlite":
        return start, end
    formats = {column["name"]: column.get("format") for column in config["columns"]}
    if config.get("timestamp_format") or formats.get(config["timestamp"]):
        return None
    day = timedelta(days=1)
    return f"{start - day:%Y-%m-%d}", f"{end + day:%Y-%m-%d}"


def _frame(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    cursor = config.get("cursor")
    made = declared(_booleans(frame, config) if config["dialect"] == "sqlite" else frame, config)
    if cursor is not None and made[cursor].has_nulls():
        count = made[cursor].null_count()
        message = f"the cursor `{cursor}` is null in {count:,} rows, which would never be read again"
        raise WorkError("MLC825", message, step="read", help="leave such rows out of the query")
    return made


def _booleans(frame: pl.DataFrame, config: Mapping[str, Any]) -> pl.DataFrame:
    """SQLite writes booleans as 0 and 1."""
    wanted = {column["name"] for column in config["columns"] if column["dtype"] == "bool"}
    found = [
        column.name
        for column in frame
        if column.name in wanted and column.dtype.is_integer() and column.drop_nulls().is_in([0, 1]).all()
    ]
    return frame.with_columns(pl.col(found).cast(pl.Boolean))
