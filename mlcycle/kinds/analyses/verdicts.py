"""From an interval and a limit to a verdict. Only what is known to keep to its limit passes."""

from __future__ import annotations

import math

from mlcycle.kinds.analyses.figures import percent
from mlcycle.task import CheckResult, Verdict


def judged(
    *, figure: float, interval: tuple[float, float], limit: float, key: str, rows: int, message: str
) -> CheckResult:
    """`fail` if the whole interval is above the limit, `pass` if it is below, else `inconclusive`.

    key: how the spec names the limit. The message gets the interval and the limit.
    """
    low, high = interval
    return CheckResult(
        name="",
        verdict=_verdict(low, high, limit),
        message=f"{message}; {percent(low)} to {percent(high)}, at most {percent(limit)} passes",
        figure=figure,
        low=low,
        high=high,
        limit=f"{key} {percent(limit)}",
        rows=rows,
    )


def unknown(message: str, *, rows: int = 0) -> CheckResult:
    """Nothing to judge by."""
    return CheckResult(name="", verdict="inconclusive", message=message, rows=rows)


def _verdict(low: float, high: float, limit: float) -> Verdict:
    if not (math.isfinite(low) and math.isfinite(high)):
        return "inconclusive"
    if low > limit:
        return "fail"
    return "pass" if high < limit else "inconclusive"
