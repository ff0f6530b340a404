"""A retraining when the model has become worse."""

from __future__ import annotations

from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import TriggerKind
from mlcycle.language.names import Name, Text
from mlcycle.language.quantities import Count, Share


class Spec(TriggerKind):
    """Asks for a retraining when the performance of so many chunks was beyond its limit."""

    work: ClassVar[str] = "mlcycle.kinds.triggers.performance.work:observe"

    kind: Literal["performance"]
    monitor: Name
    """The monitor whose performance is read."""
    signal: Literal["realized_performance", "estimated_performance"] = "realized_performance"
    """What is read: the performance by true values, or the estimated one, which comes sooner and is less
    sure."""
    metric: Text | None = None
    """The metric; every one that the monitor measures if left out."""
    consecutive: Count = 2
    """So many chunks, with none between them that is clear; chunks with too few rows or labels say
    nothing."""
    margin: Share = 0.02
    """A chunk is clear when its performance is by this share of the limit better than that."""

    def config(self) -> Config:
        named = {} if self.metric is None else {"metric": self.metric}
        return {"signal": self.signal, "margin": self.margin, **named}

    def needed(self) -> int:
        return self.consecutive

    def watches(self) -> str | None:
        return self.monitor

    def reads(self) -> str | None:
        return self.signal

    def sentence(self) -> str:
        words = self.signal.replace("_", " ")
        return f"when {words} is beyond its limit in {self.consecutive} chunks of `{self.monitor}`"
