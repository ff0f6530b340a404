"""A part of a timestamp: the hour of the day, the month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from mlcycle.graph.column import DType
from mlcycle.kinds.interface import TIMES, Computed, Reads, RowFeature, Tree
from mlcycle.language.base import problem
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
    "is_weekend",
]
_SATURDAY = 6
#: How many of a part make a cycle, after which it begins again.
_CYCLES: Mapping[str, float] = {
    "minute_of_hour": 60,
    "minute_of_day": 1440,
    "hour_of_day": 24,
    "day_of_week": 7,
    "day_of_month": 31,
    "day_of_year": 365.25,
    "week_of_year": 365.25 / 7,
    "month_of_year": 12,
    "quarter_of_year": 4,
}


class Spec(RowFeature):
    """A whole number taken from a timestamp; a missing one has none. Weeks are ISO's: Monday is 1.

    `is_weekend` is true on Saturday and Sunday. With `cyclical` the part is a place on a circle, so that
    23 o'clock lies beside 0: a model needs both, `sin` and `cos`, to tell all places apart.
    """

    kind: Literal["timestamp_part"]
    column: ColumnName
    """The timestamp."""
    part: Part
    """Which part of it."""
    timezone: Timezone = "UTC"
    """The timezone in which the clock and the calendar are read."""
    cyclical: Literal["sin", "cos"] | None = None
    """The sine or the cosine of the part's place in its cycle: 2 pi x part / its number in a cycle."""

    @model_validator(mode="after")
    def _has_a_cycle(self) -> Self:
        if self.cyclical is not None and self.part not in _CYCLES:
            message = f"`{self.part}` never begins again, so it has no place in a cycle"
            raise problem("MLC109", message, "cyclical", help="remove `cyclical`")
        return self

    def compute(self, dtypes: Mapping[str, DType]) -> Computed:
        weekend = self.part == "is_weekend"
        read = "day_of_week" if weekend else self.part
        arguments: list[Tree] = [
            {"column": self.column},
            {"literal": read},
            {"literal": str(self.timezone)},
        ]
        tree: Tree = {"call": "timestamp_part", "arguments": arguments}
        dtype: DType = "int64"
        if weekend:
            dtype, tree = "bool", {"call": "greater_equal", "arguments": [tree, {"literal": _SATURDAY}]}
        if self.cyclical is not None:
            cycle = [tree, {"literal": _CYCLES[self.part]}, {"literal": self.cyclical}]
            dtype, tree = "float64", {"call": "cyclical", "arguments": cycle}
        reads = (Reads(name=self.column, path=("column",), accepts=TIMES),)
        return Computed(dtype=dtype, expression=tree, reads=reads)
