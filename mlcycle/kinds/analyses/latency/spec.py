"""Slow answers against the champion's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.analyses.binomial import least_trials
from mlcycle.kinds.analyses.figures import challenger_alpha, percent
from mlcycle.kinds.analyses.limits import confidence_mistakes
from mlcycle.kinds.interface import AnalysisKind, Mistake, Setting
from mlcycle.language.quantities import Share


class Spec(AnalysisKind):
    """Compares a quantile of the time to answer with the champion's.

    The champion's quantile, times 1 + `max_increase`, is a limit that the same share of the new version's
    answers has to keep to. Answers that took until the timeout count with that time. The champion
    is timed scoring the same requests, on threads like those of the version under test. Less than 10 ms more
    never count.
    """

    work: ClassVar[str] = "mlcycle.kinds.analyses.latency.work:judge"

    kind: Literal["latency"]
    max_increase: Share
    """How much longer it may take: `50%` allows 30 ms where the champion takes 20 ms."""
    quantile: Share = 0.99
    """The share of answers that it is about; `99%` looks at the slowest of a hundred."""
    confidence: Share = 0.95
    """Of the verdict, over all looks at the traffic together."""

    def config(self) -> Config:
        return {
            "max_increase": self.max_increase,
            "quantile": self.quantile,
            "confidence": self.confidence,
        }

    def least_requests(self) -> int:
        slower = 1 - self.quantile
        return least_trials(slower, alpha=challenger_alpha(self.confidence), scale=slower)

    def claim(self) -> str:
        return f"that the {percent(self.quantile, 6)} quantile rose by less than {percent(self.max_increase)}"

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        if not 0.5 <= self.quantile < 1:
            message = "a quantile of the time to answer lies between 50% and 100%"
            yield Mistake(code="MLC605", message=message, path=("quantile",), help="write `quantile: 99%`")
        yield from confidence_mistakes(self.confidence)
