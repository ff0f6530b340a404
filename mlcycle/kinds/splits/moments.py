"""What was known when a side of a split by time began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """The times of rows: of the event, and of that at which a row ends the gap before its side.

    gap: label delay and horizon; the label delay alone where rows are predicted at times of their own.
    begins: the column of the time from which a row's label takes the gap to be known.
    """

    events: pl.Series
    ends: pl.Series
    gap: timedelta
    begins: str = "event_timestamp"

    def known(self, start: datetime) -> datetime:
        """The last time of `begins` whose label was known when the first row from `start` on was predicted.

        Without such a row, any.
        """
        found: Any = self.ends.filter(self.events >= start).min()
        return _NEVER if found is None else found - self.gap

    def late(self, start: datetime) -> pl.Expr:
        """Whether a row's label was not known when the first row from `start` on was predicted."""
        return pl.col(self.begins) > self.known(start)


def moments(dataset: pl.DataFrame, config: Mapping[str, Any]) -> Moments:
    """config: `gap_seconds`, `gap_ends_at` and `gap_begins_at` (both `predict_at`), all optional."""
    return Moments(
        events=dataset["event_timestamp"],
        ends=dataset[config.get("gap_ends_at", "event_timestamp")],
        gap=timedelta(seconds=config.get("gap_seconds", 0)),
        begins=config.get("gap_begins_at", "event_timestamp"),
    )
