"""An entity as of given moments: who was known by then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from mlcycle.cron import parse
from mlcycle.kinds.features.events import AVAILABLE, TIME, available_at
from mlcycle.kinds.sources.arrays import polars_type
from mlcycle.task import WorkError

_Config = Mapping[str, Any]

#: More rows than this are a mistake in the moments, not a population that this machine could learn from.
MOST_ROWS = 50_000_000


def moments(config: _Config, now: datetime) -> tuple[list[datetime], int]:
    """The moments of the population up to `now`, in order, and how many of those listed are later."""
    if "at" in config:
        listed = sorted(datetime.fromisoformat(text) for text in config["at"])
        past = [moment for moment in listed if moment <= now]
        return past, len(listed) - len(past)
    start, zone = datetime.fromisoformat(config["start"]), ZoneInfo(config.get("timezone", "UTC"))
    end = now + timedelta(microseconds=1)  # a moment that is now has come
    if "until" in config:
        end = min(end, datetime.fromisoformat(config["until"]))
    return list(parse(config["cron"]).between(start, end, zone)), 0


def known_since(source: pl.DataFrame, config: _Config) -> pl.DataFrame:
    """Each key of `source` with `available_at`, when its first row became known; rows without a key, a time
    or the moment at which they were written tell of nobody."""
    keys = [key["name"] for key in config["keys"]]
    typed = (pl.col(key["name"]).cast(polars_type(key["dtype"])) for key in config["keys"])
    known = source.select(*typed, available_at(config, config.get("timestamp")).alias(AVAILABLE)).drop_nulls()
    return known.group_by(keys).agg(pl.col(AVAILABLE).min()).sort(keys)


def members(source: pl.DataFrame, config: _Config, times: list[datetime], as_of: str) -> pl.DataFrame:
    """One row for each moment and each key known at or before it, in the order of both.

    Raises WorkError MLC880 for a population without a row, MLC881 for one of more than `MOST_ROWS`.
    """
    known = known_since(source, config)
    if known.height * len(times) > MOST_ROWS:
        message = f"{known.height:,} keys as of {len(times):,} moments are more rows than can be learned from"
        raise WorkError("MLC881", message, help="take fewer moments")
    asked = pl.DataFrame({as_of: times}, schema={as_of: TIME})
    keys = [key["name"] for key in config["keys"]]
    found = asked.join(known, how="cross").filter(pl.col(AVAILABLE) <= pl.col(as_of))
    if found.height == 0:
        raise WorkError("MLC880", _nobody(times, known), help="let the moments begin when the data has begun")
    return found.select(*keys, as_of).sort(as_of, *keys)


def _nobody(times: list[datetime], known: pl.DataFrame) -> str:
    if not times:
        return "no moment of the population has come yet"
    first = known.get_column(AVAILABLE).min()
    if not isinstance(first, datetime):
        return "nobody is in the population: no row of its source has a key and a time"
    return (
        f"nobody is known at any moment of the population: the last is {times[-1]:%Y-%m-%d %H:%M}, "
        f"and the first key became known {first:%Y-%m-%d %H:%M} UTC"
    )
