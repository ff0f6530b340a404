"""A growing share of the traffic, as long as nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, Literal, cast

from pydantic import Field

from mlcycle.graph.node import Config
from mlcycle.kinds.analyses.figures import percent
from mlcycle.kinds.interface import AnalysisKind, Mistake, RolloutKind, Setting
from mlcycle.language.base import SpecModel
from mlcycle.language.names import ColumnName
from mlcycle.language.quantities import Count, Duration, Share
from mlcycle.language.slots import AnalysisSpec


class CanaryStep(SpecModel):
    """A share of the requests, and the least that must be seen before the next step."""

    noun: ClassVar[str] = "step of a rollout"

    weight: Share
    """The share of requests that the new version is given; the champion answers where it fails."""
    min_duration: Duration | None = None
    """The least time; none if left out."""
    min_requests: Count | None = None
    """The least requests to the new version; what the analyses need if left out."""


class Spec(RolloutKind):
    """Gives a new version a growing share of the requests and compares it with the champion in each step.

    A step is over when every analysis passes and its least evidence is there; what is inconclusive waits. One
    analysis that fails puts the champion back at once. After the last step the new version is champion.
    """

    kind: Literal["canary"]
    steps: tuple[CanaryStep, ...] = Field(min_length=1)
    """The steps, in order; each has a greater weight than the one before it."""
    sticky_by: ColumnName | None = None
    """The column of a request that decides the version, so that who asks again gets the same; else each
    request is drawn by itself."""
    analysis: tuple[AnalysisSpec, ...] | None = Field(default=None, min_length=1)
    """What is compared in each step. If left out `error_rate` (1%), `latency` (50%) and, where there are
    decisions, `disagreement` (15%)."""
    deadline: Duration | None = None
    """The longest that the whole rollout may take; then the champion is put back."""

    def plan(self, setting: Setting) -> Config:
        least = max(one.least_requests() for one in self._analyses(setting))
        stages = [
            {
                "weight": step.weight,
                "min_requests": step.min_requests if step.min_requests is not None else least,
                "min_duration_seconds": _seconds(step.min_duration),
            }
            for step in self.steps
        ]
        analyses = [
            {"name": name, "work": one.work, "config": one.config()}
            for name, one in _named(self._analyses(setting)).items()
        ]
        plan: dict[str, object] = {"kind": self.kind, "stages": stages, "analyses": analyses}
        if self.deadline is not None:
            plan["deadline_seconds"] = _seconds(self.deadline)
        if self.sticky_by is not None:
            plan["sticky_by"] = self.sticky_by
        return plan

    def routes_by(self) -> str | None:
        return self.sticky_by

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        yield from self._weights()
        yield from self._deadline()
        found = list(self._of_analyses(setting))
        yield from found
        if not found:
            yield from self._blind(setting)

    def _weights(self) -> Iterator[Mistake]:
        before = 0.0
        for i, step in enumerate(self.steps):
            if step.weight <= before:
                last = f"the {percent(before)} before it" if i else "nothing"
                message = f"the weight of a step must be more than {last}; found {percent(step.weight)}"
                yield Mistake(code="MLC600", message=message, path=("steps", i, "weight"))
            before = max(before, step.weight)

    def _deadline(self) -> Iterator[Mistake]:
        least = sum((step.min_duration or timedelta(0) for step in self.steps), timedelta(0))
        if self.deadline is not None and self.deadline <= least:
            message = f"the steps take {_words(least)} at the least: no version reaches their end in time"
            help_line = f"write a `deadline` of more than {_words(least)}"
            yield Mistake(code="MLC602", message=message, path=("deadline",), help=help_line)

    def _of_analyses(self, setting: Setting) -> Iterator[Mistake]:
        seen: list[tuple[str, Config]] = []
        for i, one in enumerate(cast(tuple[AnalysisKind, ...], self.analysis or ())):
            for mistake in one.mistakes(setting):
                yield replace(mistake, path=("analysis", i, *mistake.path))
            if (one.kind, one.config()) in seen:
                message = f"this `{one.kind}` analysis is listed already"
                yield Mistake(code="MLC604", message=message, path=("analysis", i), help="remove one of them")
            seen.append((one.kind, one.config()))

    def _blind(self, setting: Setting) -> Iterator[Mistake]:
        """Steps that are over before an analysis can pass."""
        needs = max(self._analyses(setting), key=lambda one: one.least_requests())
        least = needs.least_requests()
        for i, step in enumerate(self.steps):
            if step.min_requests is not None and step.min_requests < least:
                message = f"a step of {step.min_requests:,} requests cannot show {needs.claim()}: "
                message += f"it needs at least {least:,}"
                help_line = "leave `min_requests` out, and the step waits for as many as it needs"
                yield Mistake(
                    code="MLC601", message=message, path=("steps", i, "min_requests"), help=help_line
                )

    def _analyses(self, setting: Setting) -> tuple[AnalysisKind, ...]:
        if self.analysis is None:
            return _defaults(setting)
        return cast(tuple[AnalysisKind, ...], self.analysis)


def _named(analyses: tuple[AnalysisKind, ...]) -> dict[str, AnalysisKind]:
    """By kind; a second one of a kind gets a number."""
    named: dict[str, AnalysisKind] = {}
    for one in analyses:
        number = sum(other.kind == one.kind for other in named.values()) + 1
        named[one.kind if number == 1 else f"{one.kind}.{number}"] = one
    return named


def _defaults(setting: Setting) -> tuple[AnalysisKind, ...]:
    """What any service can be asked. When two values of a regression differ, its author knows."""
    from mlcycle.kinds.analyses.disagreement.spec import Spec as Disagreement
    from mlcycle.kinds.analyses.error_rate.spec import Spec as ErrorRate
    from mlcycle.kinds.analyses.latency.spec import Spec as Latency

    of_all = (
        ErrorRate(kind="error_rate", max_increase=0.01),
        Latency(kind="latency", max_increase=0.5),
    )
    if setting.task == "regression":
        return of_all
    return (*of_all, Disagreement(kind="disagreement", max=0.15))


def _seconds(duration: timedelta | None) -> int:
    return int(duration.total_seconds()) if duration is not None else 0


def _words(duration: timedelta) -> str:
    """As a spec writes it."""
    seconds = int(duration.total_seconds())
    unit, size = next(
        (u, n) for u, n in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % n == 0
    )
    return f"{seconds // size}{unit}"
