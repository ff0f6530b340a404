"""Failed requests against the champion's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.analyses.binomial import least_trials
from mlcycle.kinds.analyses.figures import challenger_alpha, percent
from mlcycle.kinds.analyses.limits import confidence_mistakes, share_mistakes
from mlcycle.kinds.interface import AnalysisKind, Mistake, Setting
from mlcycle.language.quantities import Share


class Spec(AnalysisKind):
    """Compares the share of requests that the new version failed to answer with the champion's share.

    A request fails where the version raised, gave no finite score, ran into its timeout or refused the
    request's shape, though the champion then answered in its place.
    """

    work: ClassVar[str] = "mlcycle.kinds.analyses.error_rate.work:judge"

    kind: Literal["error_rate"]
    max_increase: Share
    """How many more of all requests may fail: `1%` lets 1.2% fail where 0.2% of the champion's do."""
    confidence: Share = 0.95
    """Of the verdict, over all looks at the traffic together."""

    def config(self) -> Config:
        return {"max_increase": self.max_increase, "confidence": self.confidence}

    def least_requests(self) -> int:
        alpha = challenger_alpha(self.confidence)
        return least_trials(self.max_increase, alpha=alpha, scale=self.max_increase)

    def claim(self) -> str:
        return f"that errors rose by less than {percent(self.max_increase)}"

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from share_mistakes("max_increase", self.max_increase, "errors rose by nothing at all")
        yield from confidence_mistakes(self.confidence)
