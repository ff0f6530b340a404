"""Categories in a fixed number of columns."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Turns text into a 1 or -1 in one of a fixed number of columns, chosen by the text's hash.

    It learns nothing: a text that training never had has its place like any other, and may share it. A
    missing text is all zeros. Keys are scikit-learn's, of FeatureHasher.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.hashing.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)

    kind: Literal["hashing"]
    columns: Columns
    """`text`, or features by name; each has columns of its own."""
    n_features: Annotated[int, Field(ge=2, le=4096)] = 64
    """The number of columns for each feature."""
    alternate_sign: bool = True
    """Whether the hash also decides between 1 and -1, which tells more texts of one column apart."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        return {"n_features": self.n_features, "alternate_sign": self.alternate_sign}
