"""A figure over the earlier rows of the same entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import NUMERIC, HistoryFeature, Reads
from mlcycle.language.base import problem
from mlcycle.language.names import ColumnName
from mlcycle.language.quantities import Duration


class Spec(HistoryFeature):
    """The mean, sum, count, least or greatest of a column over what was known of the same entity at T.

    A window covers values that became available in (T - window, T]. Nulls are skipped. A window thinner than
    `min_rows` gives null, and so does an entity that was never seen.
    """

    work: ClassVar[str] = "mlcycle.kinds.features.aggregation.work:changes"

    kind: Literal["aggregation"]
    function: Literal["mean", "sum", "count", "min", "max"]
    """What is taken of the values."""
    column: ColumnName | None = None
    """The column. `count` without one counts rows."""
    window: Duration | Literal["all"] | None = None
    """How far back: `7d`, or `all` for everything known."""
    rows: Annotated[int, Field(ge=1)] | None = None
    """Instead of a window: the newest so many rows."""
    min_rows: Annotated[int, Field(ge=0)] | None = None
    """The least number of values that make a figure. By default 1, and 0 for a count."""

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
        return self

    def reads(self) -> tuple[Reads, ...]:
        if self.column is None:
            return ()
        accepts = () if self.function == "count" else NUMERIC
        return (Reads(name=self.column, path=("column",), accepts=accepts),)

    def dtype(self, dtypes: Mapping[str, DType]) -> DType:
        if self.function == "count":
            return "int64"
        if self.function == "mean" or self.column is None:
            return "float64"
        found = dtypes.get(self.column, "unknown")
        return "int64" if found == "bool" else found

    def needs_time(self) -> bool:
        return self.window != "all"

    def config(self) -> Config:
        least = self.min_rows if self.min_rows is not None else int(self.function != "count")
        config: dict[str, object] = {"function": self.function, "min_rows": least}
        if self.column is not None:
            config["column"] = self.column
        if self.rows is not None:
            config["rows"] = self.rows
        elif self.window is not None and self.window != "all":
            config["window_seconds"] = int(self.window.total_seconds())
        return config
