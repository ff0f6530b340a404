"""Categories that the trees part themselves."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.interface import PreprocessKind
from mlcycle.language.names import Columns


class Spec(PreprocessKind):
    """Hands text over as categories: a split of a tree sends a set of them one way, and the rest the other.

    This is `enable_categorical` of XGBoost. One column each, whatever the number of categories; each split of
    a category costs as much in the graph as its set is large. A missing text stays missing. No other step may
    come after it for the same feature: the codes are no numbers.
    """

    work: ClassVar[str] = "mlcycle.kinds.preprocess.categorical.work:transformer"
    accepts: ClassVar[tuple[DType, ...]] = ("string",)
    gives_categories: ClassVar[bool] = True

    kind: Literal["categorical"]
    columns: Columns
    """`text`, or features by name."""
    min_frequency: Annotated[int, Field(ge=1)] | None = None
    """The least number of training rows for a category of its own; rarer ones are unknown."""
    unknown: Literal["missing", "other"] = "missing"
    """What an unknown text is: as if it were missing, or the category `other`. Training knows `other` by the
    rare ones that `min_frequency` leaves; without any it goes where a set sends what it does not have."""

    def selection(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def dtype_after(self, dtype: DType) -> DType:
        return "unknown"

    def config(self) -> Config:
        rare = {} if self.min_frequency is None else {"min_frequency": self.min_frequency}
        return {**rare, "unknown": self.unknown}
