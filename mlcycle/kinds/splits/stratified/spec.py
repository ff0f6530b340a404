"""Each side has the same mix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Reads, Setting, SplitKind
from mlcycle.kinds.splits.shares import default_shares, sum_mistakes
from mlcycle.language.names import Columns
from mlcycle.language.quantities import Share


class Spec(SplitKind):
    """Splits at random within each class of the label, or each group of columns, so that sides have one mix.

    For few rows of a class, which a random split could leave out of a side. Where rows have a time this
    flatters the model, as `random` does.
    """

    work: ClassVar[str] = "mlcycle.kinds.splits.stratified.work:assign"

    kind: Literal["stratified"]
    by: Columns | None = None
    """Columns of the label's source whose mix is kept; the label if left out."""
    bins: Annotated[int, Field(ge=2, le=1000)] = 10
    """Parts of about equally many rows into which a label of numbers is cut."""
    train: Share | None = None
    """Share of the rows that trains."""
    validation: Share | None = None
    """Share that stops the training early."""
    test: Share | None = None
    """Share that gates judge by."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Another seed gives another split."""

    def reads(self) -> tuple[Reads, ...]:
        return tuple(Reads(name=name, path=("by", i)) for i, name in enumerate(self.by or ()))

    def config(self) -> Config:
        shares = default_shares(self.train, self.validation, self.test)
        by = {} if self.by is None else {"by": list(self.by)}
        return {**by, **shares, "seed": self.seed, "bins": self.bins}

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from sum_mistakes(self.train, self.validation, self.test)
