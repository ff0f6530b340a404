"""No worse than the model in service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.gates.limits import metric_mistakes
from mlcycle.kinds.interface import GateKind, Mistake, Setting


class Spec(GateKind):
    """Compares the model with the champion on the same test rows. Without a champion it is not applicable."""

    work: ClassVar[str] = "mlcycle.kinds.gates.champion.work:judge"

    kind: Literal["champion"]
    metric: str
    """The metric that both are judged by."""
    max_drop: Annotated[float, Field(ge=0)]
    """How much worse than the champion's the figure may be, in units of the metric."""

    def config(self) -> Config:
        return {"metric": self.metric, "max_drop": self.max_drop}

    def sentence(self) -> str:
        return f"`{self.metric}` at most {self.max_drop:g} worse than the champion's on the same rows."

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from metric_mistakes(self.metric, setting.task)
