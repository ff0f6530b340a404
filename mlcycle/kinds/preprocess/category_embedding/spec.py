"""A few numbers for each category, learned from what it occurs with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Turns text into a few numbers that are alike for categories that occur with the same other categories.

    Each column is learned from the others that the step lists: how often its categories occur with theirs in
    the training rows, brought to `n_components` by TruncatedSVD. A text that training never had, missing or
    not, is all zeros; a missing one that it had is a category.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.category_embedding.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)

    kind: Literal["category_embedding"]
    columns: Columns
    """`text`, or two or more features by name. The same steps come before and after all of them."""
    n_components: Annotated[int, Field(ge=1, le=256)] = 4
    """How many numbers each category gets."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        return {"n_components": self.n_components}

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        if len(dtypes) == 1:
            message = f"`{next(iter(dtypes))}` alone occurs with nothing that it could be learned from"
            help_line = "name two or more features of text"
            yield Mistake(code="MLC306", message=message, path=("columns",), help=help_line)
