"""What the label is on average where a category is."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Turns text into the mean label of the training rows that have it, drawn towards the mean of all.

    For several classes there is one column for each class. An unknown text becomes the mean of all rows; a
    missing one is a category of its own if training had it. Training rows get values from folds that they are
    not in, so that no row's own label is in its features; keys are those of scikit-learn's TargetEncoder.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.target_encode.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)

    kind: Literal["target_encode"]
    columns: Columns
    """`text`, or features by name."""
    smooth: Annotated[float, Field(ge=0)] | Literal["auto"] = "auto"
    """How many rows the mean of all weighs against a category's own; `auto` takes it from the variances."""
    cv: Annotated[int, Field(ge=2, le=20)] = 5
    """The number of folds of the training rows."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        return {"smooth": self.smooth, "cv": self.cv}
