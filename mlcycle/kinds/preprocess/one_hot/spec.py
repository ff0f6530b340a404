"""One column for each category."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Turns text into one column of 0 and 1 for each value seen in training; others give all zeros."""

    work: ClassVar[str] = "mlcycle.kinds.preprocess.one_hot.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)

    kind: Literal["one_hot"]
    columns: Columns
    """`text`, or features by name."""
    min_frequency: Annotated[int, Field(ge=1)] | None = None
    """Values with fewer training rows share one column."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        return {} if self.min_frequency is None else {"min_frequency": self.min_frequency}
