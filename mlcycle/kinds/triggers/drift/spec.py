"""A retraining when the data have changed."""

from __future__ import annotations

from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import TriggerKind
from mlcycle.language.names import Name
from mlcycle.language.quantities import Count, Share


class Spec(TriggerKind):
    """Asks for a retraining when features of so many chunks were beyond their limits of drift."""

    work: ClassVar[str] = "mlcycle.kinds.triggers.drift.work:observe"

    kind: Literal["drift"]
    monitor: Name
    """The monitor whose `data_drift` is read."""
    min_features: Count = 1
    """So many features of a chunk must be beyond their limit."""
    consecutive: Count = 2
    """So many chunks, with none between them that is clear; chunks with too few rows say nothing."""
    margin: Share = 0.2
    """A chunk is clear when fewer features than that are above this share below their limit."""

    def config(self) -> Config:
        return {"min_features": self.min_features, "margin": self.margin}

    def needed(self) -> int:
        return self.consecutive

    def watches(self) -> str | None:
        return self.monitor

    def reads(self) -> str | None:
        return "data_drift"

    def sentence(self) -> str:
        features = "a feature drifts" if self.min_features == 1 else f"{self.min_features} features drift"
        return f"when {features} in {self.consecutive} chunks of `{self.monitor}`"
