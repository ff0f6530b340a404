"""Rows are dealt into folds, each held out once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Reads, Setting, SplitKind
from mlcycle.kinds.splits.shares import fold_mistakes
from mlcycle.language.names import Columns
from mlcycle.language.quantities import Share


class Spec(SplitKind):
    """Cross-validation: each of the `folds` is held out once, judged by a model that learned from the others.

    The test side is cut off first; no fold sees it. Rows fall by a hash of their key, so that a row keeps its
    fold as others come or go; with `stratified` or `by` in the order of that hash. The model that is packaged
    learns from the rows that no fold's model has alone: those of `train`, stopped early by `validation`.
    """

    work: ClassVar[str] = "mlcycle.kinds.splits.k_fold.work:assign"

    kind: Literal["k_fold"]
    folds: Annotated[int, Field(ge=2, le=20)] = 5
    """How many; so many models are trained beside the one that is packaged."""
    stratified: bool = False
    """Whether each fold has the same mix of the label: its classes, or tenths of its numbers."""
    by: Columns | None = None
    """Columns of the label's source: rows that agree in all are never on two sides, nor in two folds."""
    validation: Share = 0.1
    """Share of the rows that stops the training early; a fold takes as much of what it learns from."""
    test: Share = 0.2
    """Share that gates judge by."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Another seed gives other folds."""

    def reads(self) -> tuple[Reads, ...]:
        return tuple(Reads(name=name, path=("by", i)) for i, name in enumerate(self.by or ()))

    def together(self) -> tuple[str, ...]:
        return tuple(self.by or ())

    def fold_count(self) -> int:
        return self.folds

    def config(self) -> Config:
        by = {} if self.by is None else {"by": list(self.by)}
        shares = {"validation": self.validation, "test": self.test}
        return {**by, **shares, "folds": self.folds, "stratified": self.stratified, "seed": self.seed}

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from fold_mistakes(self.validation, self.test)
