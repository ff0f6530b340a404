"""Other answers than the champion's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.analyses.binomial import least_trials
from mlcycle.kinds.analyses.figures import percent
from mlcycle.kinds.analyses.limits import confidence_mistakes, share_mistakes
from mlcycle.kinds.interface import AnalysisKind, Mistake, Setting
from mlcycle.language.quantities import NotNegative, Share


class Spec(AnalysisKind):
    """Compares the answers of both versions to the same rows.

    Each request that the new version answers is scored by the champion as well, beside the answer. It says
    nothing about which of them is right; a version that is fed the wrong columns is seen by it at once.
    """

    work: ClassVar[str] = "mlcycle.kinds.analyses.disagreement.work:judge"

    kind: Literal["disagreement"]
    max: Share
    """The share of rows whose decisions may differ."""
    tolerance: NotNegative | None = None
    """Of a regression: the difference of two predicted values from which on they count as different."""
    confidence: Share = 0.95
    """Of the verdict, over all looks at the traffic together."""

    def config(self) -> Config:
        keys = {"max": self.max, "tolerance": self.tolerance, "confidence": self.confidence}
        return {key: value for key, value in keys.items() if value is not None}

    def least_requests(self) -> int:
        return least_trials(self.max, alpha=1 - self.confidence, scale=self.max)

    def claim(self) -> str:
        return f"that less than {percent(self.max)} of the answers differ"

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from share_mistakes("max", self.max, "no answer at all differs")
        yield from confidence_mistakes(self.confidence)
        if setting.task == "regression" and self.tolerance is None:
            message = "two predicted values always differ by something: nothing says from when on it counts"
            help_line = "add `tolerance:`, in the unit of the label"
            yield Mistake(code="MLC606", message=message, help=help_line)
        if setting.task != "regression" and self.tolerance is not None:
            message = f"a {setting.task} compares decisions: there is nothing to tolerate"
            yield Mistake(code="MLC606", message=message, path=("tolerance",), help="remove `tolerance`")
