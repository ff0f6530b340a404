"""From a figure and its limits to a check of a chunk. NaN, or a limit that is not known, is inconclusive."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mlcycle.task import CheckResult, Verdict

#: `min` and `max`, whichever there are.
Limits = Mapping[str, float]


def given(config: Mapping[str, Any]) -> Limits:
    """The limits that the author wrote."""
    return {key: float(config[key]) for key in ("min", "max") if key in config}


def worded(limits: Limits) -> str | None:
    """`max 0.1`, `min 0.6, max 0.9`."""
    return ", ".join(f"{key} {value:.4g}" for key, value in limits.items()) or None


def check(
    name: str,
    figure: float,
    limits: Limits,
    message: str,
    *,
    rows: int,
    interval: tuple[float, float] = (math.nan, math.nan),
) -> CheckResult:
    """A pass only where the figure is a number, and each limit is one and kept."""
    return CheckResult(
        name=name,
        verdict=_verdict(figure, limits),
        message=message,
        figure=_number(figure),
        low=_number(interval[0]),
        high=_number(interval[1]),
        limit=worded({key: value for key, value in limits.items() if math.isfinite(value)}),
        rows=rows,
    )


def _verdict(figure: float, limits: Limits) -> Verdict:
    if not limits or not all(map(math.isfinite, (figure, *limits.values()))):
        return "inconclusive"
    inside = limits.get("min", -math.inf) <= figure <= limits.get("max", math.inf)
    return "pass" if inside else "fail"


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def worst(checks: tuple[CheckResult, ...]) -> Verdict:
    """One verdict of many: a fail, else inconclusive, else a pass, else not applicable."""
    found = {check.verdict for check in checks}
    order: tuple[Verdict, ...] = ("fail", "inconclusive", "pass", "not_applicable")
    return next((verdict for verdict in order if verdict in found), "inconclusive")
