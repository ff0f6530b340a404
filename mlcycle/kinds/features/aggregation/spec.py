"""A figure over the earlier rows of the same entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.features.functions import gives, takes
from mlcycle.kinds.interface import HistoryFeature, Reads
from mlcycle.language.base import problem
from mlcycle.language.names import ColumnName
from mlcycle.language.quantities import Duration


class Spec(HistoryFeature):
    """A figure over what was known of a column of the same entity at T: its mean, its count, its last value.

    A window covers values that became available in (T - window, T]. Nulls are skipped. A window thinner than
    `min_rows` gives null, and so does an entity that was never seen. `any` is whether a value was true, `std`
    the sample's standard deviation (null for one value), `first` and `last` order values by when they became
    known, and `ewm` is a mean in which a value counts half as much as one `half_life` newer.
    """

    work: ClassVar[str] = "mlcycle.kinds.features.aggregation.work:changes"

    kind: Literal["aggregation"]
    function: Literal[
        "mean", "sum", "count", "min", "max", "any", "std", "distinct_count", "first", "last", "ewm"
    ]
    """What is taken of the values."""
    column: ColumnName | None = None
    """The column. `count` without one counts rows."""
    window: Duration | Literal["all"] | None = None
    """How far back: `7d`, or `all` for everything known."""
    rows: Annotated[int, Field(ge=1)] | None = None
    """Instead of a window: the newest so many rows."""
    min_rows: Annotated[int, Field(ge=0)] | None = None
    """The least number of values that make a figure. By default 1, and 0 for counts."""
    half_life: Duration | None = None
    """With `ewm`: the time in which the weight of a value halves."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.window is None) == (self.rows is None):
            message = "an aggregation needs a `window` or `rows`, and not both"
            raise problem("MLC109", message, help="write `window: 7d`, `window: all` or `rows: 6`")
        if self.column is None and self.function != "count":
            message = f"`{self.function}` needs a `column`"
            raise problem(
                "MLC109", message, "function", help="only `count` can do without a column: it counts rows"
            )
        if (self.half_life is not None) != (self.function == "ewm"):
            message = "`function: ewm` and `half_life` go together"
            absent = self.half_life is None
            help_line = "write `half_life: 7d` beside it" if absent else "remove `half_life`"
            raise problem("MLC109", message, "function" if absent else "half_life", help=help_line)
        if self.half_life is not None and not self.half_life:
            message = "a weight cannot halve in no time"
            raise problem("MLC109", message, "half_life", help="write `half_life: 7d`")
        return self

    def reads(self) -> tuple[Reads, ...]:
        if self.column is None:
            return ()
        return (Reads(name=self.column, path=("column",), accepts=takes(self.function)),)

    def dtype(self, dtypes: Mapping[str, DType]) -> DType:
        column = dtypes.get(self.column, "unknown") if self.column is not None else "unknown"
        return gives(self.function, column)

    def needs_time(self) -> bool:
        return self.window != "all"

    def config(self) -> Config:
        least = (
            self.min_rows
            if self.min_rows is not None
            else int(self.function not in ("count", "distinct_count"))
        )
        config: dict[str, object] = {"function": self.function, "min_rows": least}
        if self.column is not None:
            config["column"] = self.column
        if self.rows is not None:
            config["rows"] = self.rows
        elif self.window is not None and self.window != "all":
            config["window_seconds"] = int(self.window.total_seconds())
        if self.half_life is not None:
            config["half_life_seconds"] = int(self.half_life.total_seconds())
        return config
