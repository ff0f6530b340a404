"""Give values other values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.clean.values import dtype_of, fits, read
from mlcycle.kinds.interface import CleanKind, Made, Mistake, Reads
from mlcycle.language.names import ColumnName, Text
from mlcycle.language.scalar_types import Cell


class Spec(CleanKind):
    """Replaces values of a column by those of a table.

    Where all new values are of another type, the column becomes that type; no old value may stay then.
    """

    kind: Literal["map_values"]
    column: ColumnName
    """The column."""
    values: dict[Text, Cell] = Field(min_length=1)
    """Old value: new value; `null` makes it missing. Old values are written as text: `"1": one`."""
    others: Literal["keep", "null", "error"] = "keep"
    """What becomes of values that are not listed; `error` stops at the first of them."""

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.map_values.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        return (Reads(name=self.column, path=("column",)),)

    def makes(self, dtypes: Mapping[str, DType]) -> Mapping[str, Made]:
        new = self._dtype(dtypes.get(self.column, "unknown"))
        loses = None in self.values.values() or self.others == "null"
        made = Made(of=(self.column,), dtype=new, nullable=True if loses else None, rewrites=new is None)
        return {self.column: made}

    def _dtype(self, before: DType) -> DType | None:
        """The new dtype; None where it stays."""
        given = tuple(value for value in self.values.values() if value is not None)
        if not given or all(fits(value, before) for value in given):
            return None
        return dtype_of(given)

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        before = dtypes.get(self.column, "unknown")
        for old in self.values:
            if before != "unknown" and read(old, before) is None:
                message = f"`{self.column}` is {before}, so that it is never {old!r}"
                yield Mistake(code="MLC341", message=message, path=("values", old), key=True)
        after = self._dtype(before)
        if after == "unknown":
            message = "the new values go into no one column: they are of several types"
            yield Mistake(code="MLC341", message=message, path=("values",))
        elif after is not None and before != "unknown" and self.others == "keep":
            message = f"values that are not listed stay {before}, beside new ones that are {after}"
            help_line = "say what becomes of them: `others: null` or `others: error`"
            yield Mistake(code="MLC341", message=message, path=("values",), help=help_line)

    def sentence(self) -> str:
        told = ", ".join(f"{old!r} is {new!r}" for old, new in list(self.values.items())[:3])
        more = f" and {len(self.values) - 3} more" if len(self.values) > 3 else ""
        return f"in `{self.column}` {told}{more}"

    def config(self) -> Config:
        values = [[old, new] for old, new in self.values.items()]
        return {"column": self.column, "values": values, "others": self.others}
