"""The author's own cleaning step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import CleanKind, Reads
from mlcycle.language.names import ColumnName, Columns, PythonReference
from mlcycle.language.quantities import DType as DTypeName


class Spec(CleanKind):
    """A function of your own: `(frame: polars.DataFrame, params: dict) -> polars.DataFrame`.

    It is never imported while checking, so it says itself which columns it adds and which decide over rows.
    """

    kind: Literal["python"]
    python: PythonReference
    """`package.module:function`, in the project's root or installed."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Handed to the function as they are."""
    adds_columns: dict[ColumnName, DTypeName] = Field(default_factory=dict)
    """Columns that are new or of another dtype afterwards, with their dtypes. When one is known, and whether
    it is sensitive, is for `columns:` to say."""
    drops_rows_by: Columns = ()
    """Columns whose values decide which rows stay. A late one makes the row's existence late."""

    def work_name(self) -> str:
        return str(self.python)

    def reads(self) -> tuple[Reads, ...]:
        return tuple(Reads(name=name, path=("drops_rows_by", i)) for i, name in enumerate(self.drops_rows_by))

    def drops_by(self) -> tuple[str, ...]:
        return tuple(self.drops_rows_by)

    def adds(self) -> Mapping[str, DType]:
        return self.adds_columns

    def sentence(self) -> str:
        return f"by `{self.python}`"

    def config(self) -> Config:
        return {"params": self.params}
