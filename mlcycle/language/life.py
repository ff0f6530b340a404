"""What is watched of a service, and when its model is trained again."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mlcycle.language.base import SpecModel, documentation
from mlcycle.language.names import Name, Text
from mlcycle.language.quantities import Count, Duration
from mlcycle.language.slots import SignalSpec, TriggerSpec


class Chunk(SpecModel):
    """How predictions are divided: a signal is measured once for each chunk."""

    noun: ClassVar[str] = "chunk"

    every: Duration
    """How much time a chunk covers, counted from midnight UTC."""
    min_rows: Count = 300
    """The least rows that say anything; a smaller chunk is inconclusive."""


class Monitor(SpecModel):
    """Signals of a service, measured in chunks of its predictions and compared with a reference."""

    noun: ClassVar[str] = "monitor"

    description: Text | None = documentation()
    """What it is for."""
    service: Name
    """The service whose predictions are watched."""
    chunk: Chunk
    """How predictions are divided."""
    reference: Literal["test"] = "test"
    """What is normal: the rows of the model's test side, which it never learned from."""
    signals: tuple[SignalSpec, ...] | None = Field(default=None, min_length=1)
    """What is measured; drift of data and predictions, estimated and realized performance if left out."""


class Retraining(SpecModel):
    """When a model is trained again by itself."""

    noun: ClassVar[str] = "retraining"

    description: Text | None = documentation()
    """What it is for."""
    model: Name
    """The model that is trained again."""
    triggers: tuple[TriggerSpec, ...] = Field(min_length=1)
    """Any of these asks for a retraining."""
    cooldown: Duration | None = None
    """The least time between two retrainings; a day if left out."""
    max_per_week: Count = 3
    """The most retrainings in seven days; what asks for more is left to a person."""
