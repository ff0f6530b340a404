"""Drift of the model's features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Setting, SignalKind
from mlcycle.kinds.signals.catalog import Method, distance_mistakes
from mlcycle.language.names import ColumnName


class Spec(SignalKind):
    """Compares each feature's values in a chunk with those of the reference, missing ones included.

    Without `max` the limit of each feature comes from the reference's own chunks of the same size, at a false
    alarm in a hundred chunks over all features together.
    """

    work: ClassVar[str] = "mlcycle.kinds.signals.data_drift.work:measure"

    kind: Literal["data_drift"]
    method: Method = "jensen_shannon"
    """The distance, 0 to 1. `kolmogorov_smirnov` looks at the order of numbers alone, and takes the greatest
    difference of a share for texts."""
    max: float | None = None
    """The greatest distance that passes, the same for every feature."""
    columns: tuple[ColumnName, ...] | None = Field(default=None, min_length=1)
    """The features that are watched; all if left out."""

    def config(self) -> Config:
        keys = {"method": self.method, "max": self.max}
        return {key: value for key, value in keys.items() if value is not None}

    def sentence(self) -> str:
        which = "Every feature" if self.columns is None else "Each of " + ", ".join(self.columns)
        limit = "what its reference shows" if self.max is None else f"{self.max:g}"
        return f"{which} at most {limit} from the reference."

    def columns_named(self) -> tuple[str, ...] | None:
        return self.columns

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from distance_mistakes(self.max)
