"""One column for each category."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Turns text into one column of 0 and 1 for each value seen in training; others give all zeros.

    A missing text is a value like any other. With `min_frequency`, rare values share one column, which is
    that of unknown values too; where training has no rare value, unknown ones are all zeros.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.one_hot.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)

    kind: Literal["one_hot"]
    columns: Columns
    """`text`, or features by name."""
    min_frequency: Annotated[int, Field(ge=1)] | None = None
    """The least number of training rows for a column of its own."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        return {} if self.min_frequency is None else {"min_frequency": self.min_frequency}
