"""Divide by the greatest absolute value."""

from __future__ import annotations

from typing import ClassVar, Literal

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import NUMERIC, PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Divides each column by its greatest absolute value among the training rows."""

    work: ClassVar[str] = "mlcycle_example_kinds.max_abs.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = NUMERIC

    kind: Literal["max_abs"]
    columns: Columns
    """`numeric`, or features by name."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        return {}
