"""One row for each key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import NUMERIC, CleanKind, Made, Mistake, Reads
from mlcycle.language.base import SpecModel, problem
from mlcycle.language.names import ColumnName, Columns

Function = Literal["count", "count_distinct", "sum", "mean", "median", "min", "max", "first", "last"]

#: Functions whose result has a dtype of its own; the others keep the column's.
_GIVES: Mapping[str, DType] = MappingProxyType(
    {"count": "int64", "count_distinct": "int64", "mean": "float64", "median": "float64"}
)
_OF_NUMBERS = ("sum", "mean", "median")


class Summary(SpecModel):
    """One column of the rows that are made."""

    noun: ClassVar[str] = "summary"

    function: Function
    """What is computed of a key's rows; `first` and `last` are by the timestamp, then as in the data."""
    column: ColumnName | None = None
    """Of which column; `count` without one counts rows. Nulls are left out."""

    @model_validator(mode="after")
    def _of_something(self) -> Summary:
        if self.column is None and self.function != "count":
            raise problem("MLC102", f"`{self.function}` needs a `column`", "function", help="add `column:`")
        return self


class Spec(CleanKind):
    """Makes one row of all rows with the same key; only the key and the summaries are there afterwards.

    A row happens when the last of its rows does: the source's timestamp belongs to `by`, or is summarized by
    `max` under its own name. With any other time a row would know its future.
    """

    merges_rows: ClassVar[bool] = True

    kind: Literal["aggregate"]
    by: Columns
    """The key: rows that agree in all of these become one. Two nulls agree."""
    columns: dict[ColumnName, Summary] = Field(default_factory=dict)
    """New column: what it summarizes."""

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.aggregate.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        keys = tuple(Reads(name=name, path=("by", i)) for i, name in enumerate(self.by))
        summed = tuple(
            Reads(
                name=each.column,
                path=("columns", name, "column"),
                accepts=NUMERIC if each.function in _OF_NUMBERS else (),
            )
            for name, each in self.columns.items()
            if each.column is not None
        )
        return (*keys, *summed)

    def drops_by(self) -> tuple[str, ...]:
        return tuple(self.by)

    def keeps(self) -> tuple[str, ...]:
        return tuple(self.by)

    def makes(self, dtypes: Mapping[str, DType]) -> Mapping[str, Made]:
        return {name: self._made(each, dtypes) for name, each in self.columns.items()}

    def _made(self, each: Summary, dtypes: Mapping[str, DType]) -> Made:
        of = (each.column,) if each.column is not None else tuple(self.by)
        dtype = _GIVES.get(each.function)
        if each.function == "sum" and each.column is not None and dtypes.get(each.column) == "bool":
            dtype = "int64"
        counts = each.function in ("count", "count_distinct")
        return Made(
            of=of,
            dtype=dtype,
            nullable=False if counts else None,
            known_with=tuple(self.by),
            latest=each.function == "max",
        )

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        for name in self.columns:
            if name in self.by:
                message = f"`{name}` belongs to the key already"
                yield Mistake(code="MLC304", message=message, path=("columns", name), key=True)

    def sentence(self) -> str:
        names = ", ".join(f"`{name}`" for name in self.by)
        return f"one row for each {names}"

    def config(self) -> Config:
        columns = [
            {"name": name, "function": each.function}
            | ({} if each.column is None else {"column": each.column})
            for name, each in self.columns.items()
        ]
        return {"by": list(self.by), "columns": columns}
