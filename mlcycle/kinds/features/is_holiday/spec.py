"""Whether a timestamp falls on a public holiday."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import StringConstraints

from mlcycle.graph.column import DType
from mlcycle.kinds.interface import TIMES, Computed, Reads, RowFeature
from mlcycle.language.names import ColumnName
from mlcycle.language.quantities import Timezone

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,6}$")]


class Spec(RowFeature):
    """True on a public holiday of a country or of one of its subdivisions, by the calendar day there.

    The dates become constants of the model package, so that a service needs no calendar.
    """

    kind: Literal["is_holiday"]
    column: ColumnName
    """The timestamp."""
    country: Code
    """ISO 3166-1 code of the country: `US`, `DE`."""
    subdivision: Code | None = None
    """Code of a state or region whose own holidays count too: `NY`, `BY`."""
    timezone: Timezone = "UTC"
    """The timezone in which the calendar day is read."""

    def compute(self, dtypes: Mapping[str, DType]) -> Computed:
        arguments = [{"column": self.column}, *({"literal": v} for v in self._place())]
        return Computed(
            dtype="bool",
            expression={"call": "is_holiday", "arguments": arguments},
            reads=(Reads(name=self.column, path=("column",), accepts=TIMES),),
        )

    def _place(self) -> tuple[str | None, ...]:
        return (self.country, self.subdivision, str(self.timezone))
