"""Drop rows that lack a value."""

from __future__ import annotations

from typing import Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import CleanKind, Reads
from mlcycle.language.names import Columns


class Spec(CleanKind):
    """Drops the rows in which any of `columns` is null.

    Rows without a label need no dropping: the model sets them aside and counts them.
    """

    kind: Literal["drop_nulls"]
    columns: Columns
    """The columns that a row must have."""

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.drop_nulls.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        return tuple(Reads(name=name, path=("columns", i)) for i, name in enumerate(self.columns))

    def drops_by(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def sentence(self) -> str:
        return f"rows in which {' or '.join(f'`{name}`' for name in self.columns)} is null"

    def config(self) -> Config:
        return {"columns": list(self.columns)}
