"""Whether the challenger answers the same rows otherwise than the champion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mlcycle.kinds.analyses.binomial import bounds
from mlcycle.kinds.analyses.figures import percent
from mlcycle.kinds.analyses.verdicts import judged, unknown
from mlcycle.kinds.analyses.window import Window
from mlcycle.task import CheckResult


def judge(config: Mapping[str, Any], window: Window) -> CheckResult:
    """config: `max`, `confidence`, and for a regression `tolerance`."""
    if window.task == "regression" and "tolerance" not in config:
        return unknown("nothing says from when on two values differ", rows=window.pairs)
    if window.pairs == 0:
        return unknown("no row was scored by both versions")
    different = _different(config, window)
    if different is None:
        return unknown("a difference in the log is not a number", rows=window.pairs)
    limit, figure = float(config["max"]), different / window.pairs
    interval = bounds(different, window.pairs, alpha=1 - float(config["confidence"]), scale=limit)
    message = f"{percent(figure)} of {window.pairs:,} rows got another answer than the champion's"
    return judged(
        figure=figure, interval=interval, limit=limit, key="max", rows=window.pairs, message=message
    )


def _different(config: Mapping[str, Any], window: Window) -> int | None:
    if window.task != "regression":
        return window.disagreements
    if len(window.differences) != window.pairs or not math.isfinite(math.fsum(window.differences)):
        return None
    return sum(difference > float(config["tolerance"]) for difference in window.differences)
