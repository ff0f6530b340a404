"""From an estimate and a limit to a verdict. Only what is known and within its limit passes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlcycle.kinds.gates.statistics import Estimate
from mlcycle.task import CheckResult, Verdict

#: The interval that is shown where the gate asks for none.
SHOWN_CONFIDENCE = 0.95

#: Fewer rows than this are no evidence, whatever the figure.
LEAST_ROWS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a figure must keep to. With `confident` the interval must, not only the figure."""

    least: float | None = None
    most: float | None = None
    confident: bool = False

    def __str__(self) -> str:
        parts = [f"min {self.least:g}"] if self.least is not None else []
        parts += [f"max {self.most:g}"] if self.most is not None else []
        return ", ".join(parts)


def verdict(estimate: Estimate, limits: Limits) -> Verdict:
    """`pass`, `fail` or `inconclusive`.

    A figure outside its limit fails. A figure inside it whose interval reaches outside is inconclusive if the
    interval counts: there are too few rows to tell. What is not a number is inconclusive too.
    """
    if limits.least is None and limits.most is None:
        return "pass" if math.isfinite(estimate.figure) else "inconclusive"
    if not math.isfinite(estimate.figure):
        return "inconclusive"
    if not _inside(estimate.figure, estimate.figure, limits):
        return "fail"
    if not limits.confident:
        return "pass"
    return "pass" if estimate.known and _inside(estimate.low, estimate.high, limits) else "inconclusive"


def _inside(low: float, high: float, limits: Limits) -> bool:
    return (limits.least is None or low >= limits.least) and (limits.most is None or high <= limits.most)


def result(estimate: Estimate, limits: Limits, *, message: str, rows: int) -> CheckResult:
    """The gate's result without name and severity. Too few rows for a limit are inconclusive."""
    thin = bool(str(limits)) and rows < LEAST_ROWS
    found = "inconclusive" if thin else verdict(estimate, limits)
    if thin:
        message += f"; fewer than {LEAST_ROWS} rows are too few to judge by"
    elif found == "inconclusive" and estimate.known:
        message += "; the interval reaches beyond the limit"
    return CheckResult(
        name="",
        verdict=found,
        message=message,
        figure=_number(estimate.figure),
        low=_number(estimate.low),
        high=_number(estimate.high),
        limit=str(limits) or None,
        rows=rows,
    )


def without(
    kind: Verdict, message: str, *, rows: int | None = None, limits: Limits | None = None
) -> CheckResult:
    """A result without a figure."""
    return CheckResult(
        name="", verdict=kind, message=message, rows=rows, limit=str(limits) if limits else None
    )


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
