"""Words of a text, weighted by how rare they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, PreprocessKind
from mlcycle.language.names import Columns
from mlcycle.language.quantities import Share

Length = Annotated[int, Field(ge=1, le=5)]


class Spec(PreprocessKind):
    """Turns text into one column for each frequent word, or into a few components of those columns.

    A word is two or more letters, digits or underscores of any script. A text without a known word, and a
    missing one, is all zeros. Keys are scikit-learn's, of TfidfVectorizer and TruncatedSVD.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.tfidf.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)
    takes_raw_text: ClassVar[bool] = True

    kind: Literal["tfidf"]
    columns: Columns
    """`text`, or features by name; each has words of its own."""
    max_features: Annotated[int, Field(ge=1, le=50_000)] = 1000
    """The most words, those that are most frequent in the training rows."""
    ngram_range: Annotated[tuple[Length, ...], Field(min_length=2, max_length=2)] = (1, 1)
    """The least and the most neighbouring words that count as one: `[1, 2]` for words and pairs."""
    min_df: Annotated[int, Field(ge=1)] = 1
    """The least number of training rows that have a word."""
    max_df: Share = 1.0
    """The greatest share of training rows that have a word: leaves out words that say nothing."""
    sublinear_tf: bool = False
    """Whether a word that comes n times counts 1 + log(n) times."""
    use_idf: bool = True
    """Whether a word that many rows have counts less."""
    norm: Literal["l2", "l1", "none"] = "l2"
    """What brings long and short texts to the same size."""
    lowercase: bool = True
    """Whether `Free` and `free` are one word."""
    strip_accents: Literal["unicode"] | None = None
    """`unicode` makes `é` an `e`."""
    svd: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Keeps so many components of the columns (latent semantic analysis) in place of them."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        config: dict[str, object] = {
            "max_features": self.max_features,
            "ngram_range": list(self.ngram_range),
            "min_df": self.min_df,
            "max_df": self.max_df,
            "sublinear_tf": self.sublinear_tf,
            "use_idf": self.use_idf,
            "norm": self.norm,
            "lowercase": self.lowercase,
            "strip_accents": self.strip_accents is not None,
        }
        if self.svd is not None:
            config["svd"] = self.svd
        return config

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        least, most = self.ngram_range
        if least > most:
            message = f"`ngram_range` begins at {least} and ends at {most}"
            yield Mistake(
                code="MLC306", message=message, path=("ngram_range",), help=f"write `[{most}, {least}]`"
            )
        if self.svd is not None and self.svd >= self.max_features:
            message = f"{self.svd} components cannot be made of {self.max_features} words"
            help_line = "keep fewer components, or raise `max_features`"
            yield Mistake(code="MLC306", message=message, path=("svd",), help=help_line)
