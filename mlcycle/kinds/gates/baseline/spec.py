"""Better than knowing nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.gates.limits import metric_mistakes
from mlcycle.kinds.interface import GateKind, Mistake, Setting
from mlcycle.language.quantities import Share


class Spec(GateKind):
    """Compares the model with one that ignores its features and knows the training rows' labels only."""

    work: ClassVar[str] = "mlcycle.kinds.gates.baseline.work:judge"

    kind: Literal["baseline"]
    against: Literal["majority", "mean"]
    """`majority`: shares of the classes in training. `mean`: mean of the label in training."""
    metric: str
    """The metric that both are judged by."""
    min_gain: Share = 0.0
    """How much better the model must be, as a share of the baseline's figure: `1%`."""

    def config(self) -> Config:
        return {"against": self.against, "metric": self.metric, "min_gain": self.min_gain}

    def sentence(self) -> str:
        gain = f"at least {self.min_gain * 100:g}% better" if self.min_gain else "better"
        return f"`{self.metric}` {gain} than that of a model that only knows the {self.against}."

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from metric_mistakes(self.metric, setting.task)
        fitting = "mean" if setting.task == "regression" else "majority"
        if self.against != fitting:
            message = f"a baseline against `{self.against}` does not fit the task {setting.task}"
            yield Mistake(code="MLC502", message=message, path=("against",), help=f"use `against: {fitting}`")
