"""Put a value where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.clean.values import fits
from mlcycle.kinds.interface import CleanKind, Made, Mistake, Reads
from mlcycle.language.names import Columns
from mlcycle.language.scalar_types import Value


class Spec(CleanKind):
    """Puts `value` where any of `columns` is null.

    The value is yours and not learned: what a missing number is most likely to be is for `impute`, which is
    fitted on training rows and goes into service with the model.
    """

    kind: Literal["fill_nulls"]
    columns: Columns
    """The columns to fill."""
    value: Value
    """What a null becomes; times and dates are written in ISO 8601."""

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.fill_nulls.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        return tuple(Reads(name=name, path=("columns", i)) for i, name in enumerate(self.columns))

    def makes(self, dtypes: Mapping[str, DType]) -> Mapping[str, Made]:
        return {name: Made(of=(name,), nullable=False) for name in self.columns}

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        for name, dtype in dtypes.items():
            if not fits(self.value, dtype):
                message = f"`{name}` is {dtype}, which cannot hold {self.value!r}"
                yield Mistake(code="MLC341", message=message, path=("value",))

    def sentence(self) -> str:
        return f"{self.value!r} where {_listed(self.columns)} is null"

    def config(self) -> Config:
        return {"columns": list(self.columns), "value": self.value}


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join(f"`{name}`" for name in names)
