"""The mean of the vectors of a text's words."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import PreprocessKind
from mlcycle.language.names import Columns, ProjectFile


class Spec(PreprocessKind):
    """Turns text into the mean of its words' GloVe vectors, each word as often as it comes.

    Known are the most frequent words of the training rows, and the first ones of the vectors. Other words are
    skipped; a text without a known word, and a missing one, is all zeros. Without `path` the vectors are the
    50 numbers a word of GloVe 6B, which `mlcycle[glove]` brings; a service needs neither.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.word_embedding.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)
    takes_raw_text: ClassVar[bool] = True

    kind: Literal["word_embedding"]
    columns: Columns
    """`text`, or features by name."""
    path: ProjectFile | None = None
    """A file of your own in GloVe's text format, a word and its numbers a line; the model is trained again
    when it changes. Words are looked up in lower case."""
    max_features: Annotated[int, Field(ge=0, le=50_000)] = 5000
    """The most words of the training rows that are known, the most frequent ones."""
    vocabulary: Annotated[int, Field(ge=0, le=100_000)] = 10_000
    """How many words from the beginning of the vectors are known beside them; GloVe's most frequent words
    come first."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def files(self) -> tuple[str, ...]:
        return () if self.path is None else (self.path,)

    def config(self) -> Config:
        own = {} if self.path is None else {"path": self.path}
        return {**own, "max_features": self.max_features, "vocabulary": self.vocabulary}
