"""Rows are assigned by a hash of their key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Setting, SplitKind
from mlcycle.kinds.splits.shares import default_shares, sum_mistakes
from mlcycle.language.quantities import Share


class Spec(SplitKind):
    """Splits rows by a hash of their key, so that a row keeps its side when others come or go.

    Rows of a source without a key are told apart by what a request would carry of them.
    Where rows have a time this flatters the model: it is judged on days that it has seen. Prefer `time`.
    """

    work: ClassVar[str] = "mlcycle.kinds.splits.random.work:assign"

    kind: Literal["random"]
    train: Share | None = None
    """Share of the rows that trains."""
    validation: Share | None = None
    """Share that stops the training early."""
    test: Share | None = None
    """Share that gates judge by."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Another seed gives another split."""

    def config(self) -> Config:
        return {**default_shares(self.train, self.validation, self.test), "seed": self.seed}

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from sum_mistakes(self.train, self.validation, self.test)
