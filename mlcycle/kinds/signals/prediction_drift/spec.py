"""Drift of what the model answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Setting, SignalKind
from mlcycle.kinds.signals.catalog import Method, distance_mistakes


class Spec(SignalKind):
    """Compares the scores of a chunk with those of the reference; for several classes, the decisions.

    Without `max` the limit comes from the reference's own chunks of the same size.
    """

    work: ClassVar[str] = "mlcycle.kinds.signals.prediction_drift.work:measure"

    kind: Literal["prediction_drift"]
    method: Method = "jensen_shannon"
    """The distance, 0 to 1."""
    max: float | None = None
    """The greatest distance that passes."""

    def config(self) -> Config:
        keys = {"method": self.method, "max": self.max}
        return {key: value for key, value in keys.items() if value is not None}

    def sentence(self) -> str:
        limit = "what the reference shows" if self.max is None else f"{self.max:g}"
        return f"Scores at most {limit} from those of the reference."

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from distance_mistakes(self.max)
