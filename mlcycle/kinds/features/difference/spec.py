"""How much a value of the same entity has changed."""

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
    """The newest known value of a column less an earlier one, some rows before it or known some time before.

    Null where either value is null or not there.
    """

    work: ClassVar[str] = "mlcycle.kinds.features.difference.work:changes"

    kind: Literal["difference"]
    column: ColumnName
    """The column."""
    rows: Annotated[int, Field(ge=1)] | None = None
    """How many rows the earlier value is before the newest: 1 is the one before it."""
    time: Duration | None = None
    """Instead of rows: the earlier value is the newest known at T - time."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.rows is None) == (self.time is None):
            message = "a difference needs `rows` or `time`, and not both"
            raise problem("MLC109", message, help="write `rows: 1` or `time: 7d`")
        return self

    def reads(self) -> tuple[Reads, ...]:
        return (Reads(name=self.column, path=("column",), accepts=NUMERIC),)

    def dtype(self, dtypes: Mapping[str, DType]) -> DType:
        found = dtypes.get(self.column, "unknown")
        return "int64" if found == "bool" else found

    def config(self) -> Config:
        config: dict[str, object] = {"column": self.column}
        if self.rows is not None:
            config["rows"] = self.rows
        elif self.time is not None:
            config["time_seconds"] = int(self.time.total_seconds())
        return config
