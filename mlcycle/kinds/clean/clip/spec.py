"""Hold numbers between bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import model_validator

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.clean.bounds import Bounds, bound_mistakes, outside, refuse_bounds
from mlcycle.kinds.interface import CleanKind, Made, Mistake, Reads
from mlcycle.language.names import Columns
from mlcycle.language.scalar_types import Number


class Spec(CleanKind):
    """Puts the bound in the place of a number beyond it.

    The bounds are given. Bounds learned from the data are for a preprocessing step, which sees training rows
    only and goes into service with the model.
    """

    kind: Literal["clip"]
    columns: Columns
    """The columns to hold between the bounds."""
    min: Number | None = None
    """What a smaller number becomes."""
    max: Number | None = None
    """What a greater number becomes."""

    @model_validator(mode="after")
    def _bounded(self) -> Spec:
        refuse_bounds(self.min, self.max)
        return self

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.clip.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        accepts: tuple[DType, ...] = ("int64", "float64")
        return tuple(Reads(name=n, path=("columns", i), accepts=accepts) for i, n in enumerate(self.columns))

    def makes(self, dtypes: Mapping[str, DType]) -> Mapping[str, Made]:
        return {name: Made(of=(name,), rewrites=True) for name in self.columns}

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        yield from bound_mistakes(self._bounds(), dtypes)

    def sentence(self) -> str:
        return f"the bound where {outside(self.columns, self._bounds())}"

    def config(self) -> Config:
        return {"columns": list(self.columns), **self._bounds()}

    def _bounds(self) -> Bounds:
        return {k: v for k, v in (("min", self.min), ("max", self.max)) if v is not None}
