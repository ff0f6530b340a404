"""Bounds on numbers that lie far from the others."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import NUMERIC, PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Brings numbers that lie far from those of the training rows back to a bound. Missing stays missing.

    `iqr` allows `threshold` times the distance of the quartiles beyond them (Tukey's fences); `zscore` allows
    `threshold` standard deviations around the mean, which outliers themselves widen.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.clip_outliers.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = NUMERIC

    kind: Literal["clip_outliers"]
    columns: Columns
    """`numeric`, or features by name."""
    method: Literal["iqr", "zscore"] = "iqr"
    """How the bounds are found."""
    threshold: Annotated[float, Field(gt=0)] | None = None
    """How far is far; 1.5 with `iqr` and 3 with `zscore` if left out."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        usual = 1.5 if self.method == "iqr" else 3.0
        return {"method": self.method, "threshold": usual if self.threshold is None else self.threshold}
