"""A metric with a limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.gates.limits import confidence_mistakes, limit_mistakes, metric_mistakes
from mlcycle.kinds.interface import GateKind, Mistake, Setting
from mlcycle.language.quantities import Share


class Spec(GateKind):
    """Computes a metric on the test side and compares it with a limit.

    With `confidence` the whole interval must be on the right side of the limit: an interval that holds the
    limit is inconclusive, and only a pass is a pass. A gate without a limit is a line in the report.

    `on: folds` judges the mean over the folds of a split with cross-validation. Its interval allows for folds
    that learn from the same rows (Nadeau and Bengio, 2003), and so is wider than the usual one.
    """

    work: ClassVar[str] = "mlcycle.kinds.gates.metric.work:judge"

    kind: Literal["metric"]
    metric: str
    """The metric, by the name of scikit-learn's scorer without `neg_`."""
    min: float | None = None
    """The least value that passes."""
    max: float | None = None
    """The greatest value that passes."""
    confidence: Share | None = None
    """Level of the interval, for example `95%`."""
    on: Literal["test", "folds"] = "test"
    """What it is computed on: the test side, or the held-out rows of each fold."""

    def config(self) -> Config:
        keys = {"metric": self.metric, "min": self.min, "max": self.max, "confidence": self.confidence}
        of_folds = {"on": "folds"} if self.on == "folds" else {}
        return {key: value for key, value in keys.items() if value is not None} | of_folds

    def sentence(self) -> str:
        figure = f"`{self.metric}`" if self.on == "test" else f"the folds' mean `{self.metric}`"
        lower = upper = figure
        if self.confidence is not None:
            interval = f"bound of the {self.confidence:.0%} interval of {figure}"
            lower, upper = f"Lower {interval}", f"Upper {interval}"
        where = " on the test side" if self.on == "test" else ""
        limits = [f"{lower} at least {self.min:g}"] if self.min is not None else []
        limits += [f"{upper} at most {self.max:g}"] if self.max is not None else []
        return ("; ".join(limits) or f"{figure}{where}, for the report") + "."

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from metric_mistakes(self.metric, setting.task)
        yield from limit_mistakes(self.metric, {"min": self.min, "max": self.max})
        if self.on == "folds" and not setting.folds:
            message = "the model's split has no folds to judge by"
            help_line = "split by `k_fold` or `time_series`, or leave `on` out"
            yield Mistake(code="MLC360", message=message, path=("on",), help=help_line)
        if self.on == "folds" and self.sample_weight is not None:
            message = "the figures of folds are made in training, where each row that judges counts once"
            help_line = "leave `sample_weight` out, or judge by the test side"
            yield Mistake(code="MLC387", message=message, path=("sample_weight",), help=help_line)
        yield from confidence_mistakes(self.confidence)
