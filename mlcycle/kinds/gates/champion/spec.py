"""No worse than the model in service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.gates.limits import confidence_mistakes, metric_mistakes
from mlcycle.kinds.interface import GateKind, Mistake, Setting
from mlcycle.language.quantities import Share


class Spec(GateKind):
    """Compares the model with the champion on the same test rows. Without a champion it is not applicable.

    With `confidence` the whole paired interval of the change must keep `max_drop`, or it is inconclusive.
    """

    work: ClassVar[str] = "mlcycle.kinds.gates.champion.work:judge"

    kind: Literal["champion"]
    metric: str
    """The metric that both are judged by."""
    max_drop: Annotated[float, Field(ge=0)]
    """How much worse than the champion's the figure may be, in units of the metric."""

    confidence: Share | None = None
    """Level of the interval, for example `95%`."""

    def config(self) -> Config:
        sure = {"confidence": self.confidence} if self.confidence is not None else {}
        return {"metric": self.metric, "max_drop": self.max_drop, **sure}

    def sentence(self) -> str:
        sure = f", with {self.confidence:.0%} confidence" if self.confidence is not None else ""
        return f"`{self.metric}` at most {self.max_drop:g} worse than the champion's on the same rows{sure}."

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from metric_mistakes(self.metric, setting.task)
        yield from confidence_mistakes(self.confidence)
