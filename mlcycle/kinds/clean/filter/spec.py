"""Keep the rows for which a condition is true."""

from __future__ import annotations

from typing import Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import CleanKind
from mlcycle.language.names import Expression


class Spec(CleanKind):
    """Keeps the rows for which an expression is true; where it is unknown, as with a null, the row goes.

    Every column that the expression reads decides over the row, so none may be known later than the row is
    used: a row dropped by a late value is one that nobody could leave out in service.
    """

    kind: Literal["filter"]
    expression: Expression
    """SQL over the columns as they are at this step, true or false."""

    def work_name(self) -> str:
        return "mlcycle.kinds.clean.filter.work:apply"

    def condition(self) -> str:
        return self.expression

    def sentence(self) -> str:
        return f"rows for which `{self.expression}` is not true"

    def config(self) -> Config:
        return {}
