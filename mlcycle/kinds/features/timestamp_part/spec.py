"""A part of a timestamp: the hour of the day, the month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mlcycle.graph.column import DType
from mlcycle.kinds.interface import TIMES, Computed, Reads, RowFeature
from mlcycle.language.names import ColumnName
from mlcycle.language.quantities import Timezone

Part = Literal[
    "minute_of_hour",
    "minute_of_day",
    "hour_of_day",
    "day_of_week",
    "day_of_month",
    "day_of_year",
    "week_of_year",
    "month_of_year",
    "quarter_of_year",
    "year",
]


class Spec(RowFeature):
    """A whole number taken from a timestamp. Weeks and weekdays are ISO's: Monday is 1."""

    kind: Literal["timestamp_part"]
    column: ColumnName
    """The timestamp."""
    part: Part
    """Which part of it."""
    timezone: Timezone = "UTC"
    """The timezone in which the clock and the calendar are read."""

    def compute(self, dtypes: Mapping[str, DType]) -> Computed:
        arguments = [{"column": self.column}, {"literal": self.part}, {"literal": str(self.timezone)}]
        return Computed(
            dtype="int64",
            expression={"call": "timestamp_part", "arguments": arguments},
            reads=(Reads(name=self.column, path=("column",), accepts=TIMES),),
        )
