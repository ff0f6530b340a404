"""Values of columns are assigned by their hash."""

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
    """Splits by a hash of columns: rows that agree in all of them share a side, and keep it as data grows.

    The hash is BLAKE2b of the values as text, each with its length before it, salted by `seed`; its first 8
    bytes are a number, and the shares are parts of its range. So shares are of values, not of rows: a value
    with many rows takes them all to its side. `group` keeps to shares of rows instead.
    """

    work: ClassVar[str] = "mlcycle.kinds.splits.hash.work:assign"

    kind: Literal["hash"]
    by: Columns
    """Columns of the label's source; nulls agree."""
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
