"""Whole groups are assigned to sides."""

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
    """Splits so that rows of the same customer, machine or document are all on one side.

    Groups are taken in the order of a hash until a side has its share of the rows. As data grows a group may
    change its side; `hash` keeps groups where they are, and only the shares of groups.
    """

    work: ClassVar[str] = "mlcycle.kinds.splits.group.work:assign"

    kind: Literal["group"]
    by: Columns
    """Columns of the label's source that make a group together; nulls agree."""
    train: Share | None = None
    """Share of the rows that trains."""
    validation: Share | None = None
    """Share that stops the training early."""
    test: Share | None = None
    """Share that gates judge by."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Another seed gives another split."""

    def reads(self) -> tuple[Reads, ...]:
        return tuple(Reads(name=name, path=("by", i)) for i, name in enumerate(self.by))

    def together(self) -> tuple[str, ...]:
        return tuple(self.by)

    def config(self) -> Config:
        shares = default_shares(self.train, self.validation, self.test)
        return {"by": list(self.by), **shares, "seed": self.seed}

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from sum_mistakes(self.train, self.validation, self.test)
