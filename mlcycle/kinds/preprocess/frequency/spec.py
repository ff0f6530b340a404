"""How common a category is."""

from __future__ import annotations

from typing import ClassVar, Literal

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Turns text into the share of training rows that have it. An unknown text is 0.

    Texts that are equally common become the same number. A missing text has a share like any other.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.frequency.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)

    kind: Literal["frequency"]
    columns: Columns
    """`text`, or features by name."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        return {}
