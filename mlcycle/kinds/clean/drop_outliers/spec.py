"""Drop rows with numbers beyond bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import model_validator

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.clean.bounds import Bounds, bound_mistakes, outside, refuse_bounds
from mlcycle.kinds.interface import CleanKind, Mistake, Reads
from mlcycle.language.names import Columns
from mlcycle.language.scalar_types import Number


class Spec(CleanKind):
    """Drops the rows in which a number of `columns` lies beyond the bounds; a null is not beyond.

    The bounds are given: those that nothing real can exceed. What is unusual among the training rows is for a
    preprocessing step to learn, on training rows only.
    """

    kind: Literal["drop_outliers"]
    columns: Columns
    """The columns to look at."""
    min: Number | None = None
    """The least number that stays."""
    max: Number | None = None
    """The greatest number that stays."""

    @model_validator(mode="after")
    def _bounded(self) -> Spec:
        refuse_bounds(self.min, self.max)
        return self

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.drop_outliers.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        accepts: tuple[DType, ...] = ("int64", "float64")
        return tuple(Reads(name=n, path=("columns", i), accepts=accepts) for i, n in enumerate(self.columns))

    def drops_by(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        yield from bound_mistakes(self._bounds(), dtypes)

    def sentence(self) -> str:
        return f"rows in which {outside(self.columns, self._bounds())}"

    def config(self) -> Config:
        return {"columns": list(self.columns), **self._bounds()}

    def _bounds(self) -> Bounds:
        return {k: v for k, v in (("min", self.min), ("max", self.max)) if v is not None}
