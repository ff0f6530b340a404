"""The model's performance on the rows whose true value has become known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Setting, SignalKind
from mlcycle.kinds.signals.catalog import performance_mistakes
from mlcycle.kinds.signals.limits_text import limits_text
from mlcycle.language.quantities import Count


class Spec(SignalKind):
    """Computes a metric over the rows of a chunk that have a label by now.

    A chunk is measured again as labels arrive, until all are there or the label's delay and one more chunk
    have passed. Without a limit, the limit comes from the reference's own chunks.
    """

    work: ClassVar[str] = "mlcycle.kinds.signals.realized_performance.work:measure"
    needs_labels: ClassVar[bool] = True

    kind: Literal["realized_performance"]
    metric: str
    """The metric, by the name that gates have for it."""
    min: float | None = None
    """The least value that passes."""
    max: float | None = None
    """The greatest value that passes."""
    min_rows: Count | None = None
    """The least rows with a label that say anything; the chunk's if left out."""

    def config(self) -> Config:
        keys = {"metric": self.metric, "min": self.min, "max": self.max, "min_rows": self.min_rows}
        return {key: value for key, value in keys.items() if value is not None}

    def sentence(self) -> str:
        return f"Realized {limits_text(self.metric, self.min, self.max)}."

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from performance_mistakes(self.metric, setting.task, {"min": self.min, "max": self.max})
