"""Give columns other names."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import CleanKind, Reads
from mlcycle.language.names import ColumnName


class Spec(CleanKind):
    """Gives columns other names; everything after this step, `columns:` included, knows only the new ones.

    `timestamp` and `created_timestamp` keep the names that the data gives them.
    """

    kind: Literal["rename"]
    columns: dict[ColumnName, ColumnName] = Field(min_length=1)
    """The name in the data: the name from here on."""

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.rename.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        return tuple(Reads(name=name, path=("columns", name), key=True) for name in self.columns)

    def renames(self) -> dict[str, str]:
        return dict(self.columns)

    def sentence(self) -> str:
        return ", ".join(f"`{old}` is called `{new}`" for old, new in self.columns.items())

    def config(self) -> Config:
        return {"columns": [[old, new] for old, new in self.columns.items()]}
