"""Keep one row of those that are equal in some columns."""

from __future__ import annotations

from typing import Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import CleanKind, Reads
from mlcycle.language.names import Columns


class Spec(CleanKind):
    """Keeps one row of those that agree in every one of `columns`.

    "First" and "last" are by the source's timestamp, then by the order in the file.
    """

    kind: Literal["drop_duplicates"]
    columns: Columns
    """The columns that make two rows the same."""
    keep: Literal["first", "last", "none"] = "first"
    """Which of the equal rows stays; `none` keeps none of them."""

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.drop_duplicates.work:apply"

    def reads(self) -> tuple[Reads, ...]:
        return tuple(Reads(name=name, path=("columns", i)) for i, name in enumerate(self.columns))

    def drops_by(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def sentence(self) -> str:
        left = "every row" if self.keep == "none" else f"all but the {self.keep} of the rows"
        return f"{left} that agree in {', '.join(f'`{name}`' for name in self.columns)}"

    def config(self) -> Config:
        return {"columns": list(self.columns), "keep": self.keep}
