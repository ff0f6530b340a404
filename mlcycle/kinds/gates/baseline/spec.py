"""Better than knowing nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.gates.limits import confidence_mistakes, metric_mistakes
from mlcycle.kinds.interface import GateKind, Mistake, Setting
from mlcycle.language.quantities import Share


class Spec(GateKind):
    """Compares the model with one that ignores its features and knows the training rows' labels only.

    With `confidence` the whole interval of the gain must reach `min_gain`, or it is inconclusive. So it is in
    the gate that a model has by default: what noise gives is no gain.
    """

    work: ClassVar[str] = "mlcycle.kinds.gates.baseline.work:judge"

    kind: Literal["baseline"]
    against: Literal["majority", "mean"]
    """`majority`: shares of the classes in training. `mean`: mean of the label in training."""
    metric: str
    """The metric that both are judged by."""
    min_gain: Share = 0.0
    """How much better the model must be, as a share of the baseline's figure: `1%`."""

    confidence: Share | None = None
    """Level of the interval, for example `95%`."""

    def config(self) -> Config:
        sure = {"confidence": self.confidence} if self.confidence is not None else {}
        return {"against": self.against, "metric": self.metric, "min_gain": self.min_gain, **sure}

    def sentence(self) -> str:
        gain = f"at least {self.min_gain * 100:g}% better" if self.min_gain else "better"
        sure = f" (with {self.confidence:.0%} confidence)" if self.confidence is not None else ""
        return f"`{self.metric}` {gain} than that of a model that only knows the {self.against}{sure}."

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from metric_mistakes(self.metric, setting.task)
        fitting = "mean" if setting.task == "regression" else "majority"
        if self.against != fitting:
            message = f"a baseline against `{self.against}` does not fit the task {setting.task}"
            yield Mistake(code="MLC502", message=message, path=("against",), help=f"use `against: {fitting}`")
        yield from confidence_mistakes(self.confidence)
