"""How long ago something was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mlcycle.graph.column import DType
from mlcycle.kinds.interface import TIMES, Computed, Reads, RowFeature
from mlcycle.language.names import ColumnName

_SECONDS: Mapping[str, int] = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}


class Spec(RowFeature):
    """The time from one timestamp to another, as a number; null where either is missing.

    Time since an entity was first or last seen is the time since a looked-up timestamp: an aggregation
    `first` or `last` over the source's `timestamp` in a view of the entity, and this in a view of the row.
    """

    kind: Literal["time_since"]
    column: ColumnName
    """The timestamp that it counts from: a column of the row, or a feature as `view.feature`."""
    until: ColumnName
    """The timestamp that it counts to, such as the row's own event time. It may be earlier: below 0."""
    unit: Literal["seconds", "minutes", "hours", "days"] = "seconds"
    """What it counts in."""

    def mentions(self) -> tuple[str, ...]:
        return (self.column, self.until)

    def compute(self, dtypes: Mapping[str, DType]) -> Computed:
        ends = [{"column": self.column}, {"column": self.until}]
        seconds = {"call": "seconds_between", "arguments": ends}
        length = {"literal": _SECONDS[self.unit]}
        return Computed(
            dtype="float64",
            expression={"call": "divide", "arguments": [seconds, length]},
            reads=(
                Reads(name=self.column, path=("column",), accepts=TIMES),
                Reads(name=self.until, path=("until",), accepts=TIMES),
            ),
        )
