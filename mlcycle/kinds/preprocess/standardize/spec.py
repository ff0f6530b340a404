"""Centre and scale."""

from __future__ import annotations

from typing import ClassVar, Literal

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import NUMERIC, PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Takes the mean of the training rows from a column and divides it by their standard deviation."""

    work: ClassVar[str] = "mlcycle.kinds.preprocess.standardize.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = NUMERIC

    kind: Literal["standardize"]
    columns: Columns
    """`numeric`, or features by name."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        return {}
