"""The data says which side a row is on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Reads, Setting, SplitKind
from mlcycle.language.names import ColumnName
from mlcycle.language.scalar_types import Value

_Values = tuple[Value, ...]


class Spec(SplitKind):
    """Splits as a column of the data says, where somebody has split it before.

    Rows with a value that no side lists, or with none, are used for nothing, and counted.
    """

    work: ClassVar[str] = "mlcycle.kinds.splits.column.work:assign"

    kind: Literal["column"]
    column: ColumnName
    """A column of the label's source."""
    train: _Values = Field(default=("train",), min_length=1)
    """The values of rows that train."""
    validation: _Values = ()
    """The values of rows that stop the training early; none if left out."""
    test: _Values = Field(default=("test",), min_length=1)
    """The values of rows that gates judge by."""

    def reads(self) -> tuple[Reads, ...]:
        return (Reads(name=self.column, path=("column",), accepts=("string", "int64", "bool")),)

    def config(self) -> Config:
        sides = {"train": self.train, "validation": self.validation, "test": self.test}
        return {"column": self.column, **{side: [_text(v) for v in values] for side, values in sides.items()}}

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        seen: dict[str, str] = {}
        for side in ("train", "validation", "test"):
            for i, value in enumerate(getattr(self, side)):
                first = seen.setdefault(_text(value), side)
                if first != side:
                    message = f"{value!r} belongs to `{first}` already"
                    path = (side, i) if side in self.model_fields_set else (first,)
                    yield Mistake(code="MLC503", message=message, path=path, help="list it on one side")


def _text(value: Value) -> str:
    """As the column's own values read as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
