"""An earlier value of the same entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import HistoryFeature, Reads
from mlcycle.language.base import problem
from mlcycle.language.names import ColumnName
from mlcycle.language.quantities import Duration


class Spec(HistoryFeature):
    """The newest known value of a column, the one before it, or the newest that was known some time earlier.

    A null counts like any value.
    """

    work: ClassVar[str] = "mlcycle.kinds.features.lag.work:changes"

    kind: Literal["lag"]
    column: ColumnName
    """The column."""
    rows: Annotated[int, Field(ge=1)] | None = None
    """How many rows back: 1 is the newest known at T."""
    time: Duration | None = None
    """How long ago: the newest known at T - time."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.rows is None) == (self.time is None):
            message = "a lag needs `rows` or `time`, and not both"
            raise problem("MLC109", message, help="write `rows: 1` or `time: 7d`")
        return self

    def reads(self) -> tuple[Reads, ...]:
        return (Reads(name=self.column, path=("column",), accepts=("int64", "float64", "bool", "string")),)

    def dtype(self, dtypes: Mapping[str, DType]) -> DType:
        return dtypes.get(self.column, "unknown")

    def config(self) -> Config:
        config: dict[str, object] = {"column": self.column}
        if self.rows is not None:
            config["rows"] = self.rows
        elif self.time is not None:
            config["time_seconds"] = int(self.time.total_seconds())
        return config
