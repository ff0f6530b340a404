"""Numbers sorted into bins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import NUMERIC, Mistake, PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Turns a number into the number of its bin: 0, 1, 2... Missing stays missing.

    A bin begins with its lower edge. What lies beyond the values of training goes to the first or last bin.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.bin.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = NUMERIC

    kind: Literal["bin"]
    columns: Columns
    """`numeric`, or features by name."""
    strategy: Literal["uniform", "quantile"] | None = None
    """`uniform`: bins of one width. `quantile`: bins of as many training rows each, which is the default."""
    n_bins: Annotated[int, Field(ge=2, le=1000)] | None = None
    """How many; 5 if left out. Bins of many equal values are one, and so fewer."""
    edges: Annotated[tuple[float, ...], Field(min_length=1)] | None = None
    """Instead of the two: where one bin ends and the next begins. `[0, 10]` makes three bins."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "float64"

    def config(self) -> Config:
        if self.edges is not None:
            return {"edges": list(self.edges)}
        return {"strategy": self.strategy or "quantile", "n_bins": self.n_bins or 5}

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        if self.edges is None:
            return
        for name in ("strategy", "n_bins"):
            if getattr(self, name) is not None:
                message = f"`{name}` and `edges` say different things of the same bins"
                yield Mistake(code="MLC306", message=message, path=(name,), help="remove one of them")
        for low, high in pairwise(self.edges):
            if not low < high:
                message = f"the edge {high:g} is not above the one before it, {low:g}"
                yield Mistake(code="MLC306", message=message, path=("edges",), help="write them in order")
