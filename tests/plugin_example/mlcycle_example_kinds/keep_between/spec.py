"""Keep the rows whose value lies between two bounds."""

from __future__ import annotations

from typing import Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import NUMERIC, CleanKind, Reads
from mlcycle.language.names import ColumnName


class Spec(CleanKind):
    """Keeps the rows in which `column` is between `min` and `max`, both included; null is not between."""

    kind: Literal["keep_between"]
    column: ColumnName
    """The column to look at."""
    min: float
    """The least value that stays."""
    max: float
    """The greatest value that stays."""

    def work_name(self) -> str:
        return "mlcycle_example_kinds.keep_between.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        return (Reads(name=self.column, path=("column",), accepts=NUMERIC),)

    def drops_by(self) -> tuple[str, ...]:
        return (self.column,)

    def config(self) -> Config:
        return {"column": self.column, "min": self.min, "max": self.max}
