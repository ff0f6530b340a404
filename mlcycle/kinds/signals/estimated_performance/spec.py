"""The model's performance before any label has arrived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Setting, SignalKind
from mlcycle.kinds.signals.catalog import performance_mistakes
from mlcycle.kinds.signals.limits_text import limits_text


class Spec(SignalKind):
    """Estimates a metric from the scores alone: CBPE for classes, DLE for numbers, both of NannyML.

    It sees what a change of the rows does to the model, and is blind to a change of what follows from them:
    `realized_performance` sees that, later. Without a limit, the limit comes from the reference's own chunks.
    """

    work: ClassVar[str] = "mlcycle.kinds.signals.estimated_performance.work:measure"

    kind: Literal["estimated_performance"]
    metric: str
    """The metric, by the name that gates have for it."""
    min: float | None = None
    """The least value that passes."""
    max: float | None = None
    """The greatest value that passes."""

    def config(self) -> Config:
        keys = {"metric": self.metric, "min": self.min, "max": self.max}
        return {key: value for key, value in keys.items() if value is not None}

    def sentence(self) -> str:
        return f"Estimated {limits_text(self.metric, self.min, self.max)}."

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        limits = {"min": self.min, "max": self.max}
        yield from performance_mistakes(self.metric, setting.task, limits, estimated=True)
