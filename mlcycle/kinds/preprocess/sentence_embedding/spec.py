"""What a text is about, as a few numbers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Turns text into the mean of its words' vectors in wordllama, a small model that needs no network.

    Known are the whole words of wordllama, most of them English, and the most frequent ones of the training
    rows. Other words count for nothing; a text without a known word, and a missing one, is all zeros. Needs
    `mlcycle[embeddings]` for training; a service needs nothing, as the vectors are in its model.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.sentence_embedding.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)
    takes_raw_text: ClassVar[bool] = True

    kind: Literal["sentence_embedding"]
    columns: Columns
    """`text`, or features by name."""
    dimensions: Literal[64, 128, 256] = 64
    """How many numbers each text gets. wordllama was trained so that the first ones say most."""
    max_features: Annotated[int, Field(ge=0, le=50_000)] = 5000
    """The most words of the training rows that are known beside wordllama's own, the most frequent ones."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        return {"dimensions": self.dimensions, "max_features": self.max_features}
