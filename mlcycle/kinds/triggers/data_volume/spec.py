"""A retraining when there is more to learn from."""

from __future__ import annotations

from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import TriggerKind
from mlcycle.language.names import Name
from mlcycle.language.quantities import Count


class Spec(TriggerKind):
    """Asks for a retraining when a source has so many rows more than the newest training knew."""

    work: ClassVar[str] = "mlcycle.kinds.triggers.data_volume.work:observe"
    mends: ClassVar[bool] = False

    kind: Literal["data_volume"]
    source: Name
    """The source; the model must learn from it."""
    min_rows: Count
    """So many rows more than at the newest training."""

    def config(self) -> Config:
        return {"source": self.source, "min_rows": self.min_rows}

    def counts(self) -> str | None:
        return self.source

    def sentence(self) -> str:
        return f"when `{self.source}` has {self.min_rows:,} new rows"
