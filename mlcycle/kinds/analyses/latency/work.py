"""Whether the challenger takes longer than the champion."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from mlcycle.kinds.analyses.binomial import bounds, likely_counts
from mlcycle.kinds.analyses.figures import challenger_alpha, champion_alpha, percent
from mlcycle.kinds.analyses.verdicts import judged, unknown
from mlcycle.kinds.analyses.window import Window
from mlcycle.task import CheckResult

#: Seconds that never count: a whole request is more than scoring it, which is what the champion is timed by.
NEGLIGIBLE = 0.01


def judge(config: Mapping[str, Any], window: Window) -> CheckResult:
    """config: `quantile`, `max_increase`, `confidence`.

    The champion's quantile is known within an interval of its own answers (a confidence sequence for a
    quantile: Howard and Ramdas 2022, "Sequential estimation of quantiles"). The share of the challenger's
    answers that are slower is tested against 1 - quantile, at the upper end before it fails and at the lower
    end before it passes.
    """
    champion, challenger = sorted(window.champion.seconds), sorted(window.challenger.seconds)
    if not champion or not challenger:
        return unknown("one of the versions answered nothing by itself", rows=len(challenger))
    if not math.isfinite(math.fsum(champion) + math.fsum(challenger)):
        return unknown("a time in the log is not a number", rows=len(challenger))
    slower, confidence = 1 - float(config["quantile"]), float(config["confidence"])
    factor, alpha = 1 + float(config["max_increase"]), challenger_alpha(confidence)
    early, late = _quantile(champion, slower, champion_alpha(confidence))

    def allowed(seconds: float) -> float:
        return max(seconds * factor, seconds + NEGLIGIBLE)

    middle = champion[min(len(champion) - 1, int(float(config["quantile"]) * len(champion)))]
    figure = _above(challenger, allowed(middle)) / len(challenger)
    return judged(
        figure=figure,
        interval=(
            bounds(_above(challenger, allowed(late)), len(challenger), alpha=alpha, scale=slower)[0],
            bounds(_above(challenger, allowed(early)), len(challenger), alpha=alpha, scale=slower)[1],
        ),
        limit=slower,
        key="share of slower answers",
        rows=len(challenger),
        message=(
            f"{percent(figure)} of {len(challenger):,} answers took longer than {_time(allowed(middle))}, "
            f"for the champion's {percent(1 - slower, 6)} quantile of {_time(middle)}"
        ),
    )


def _quantile(ordered: Sequence[float], slower: float, alpha: float) -> tuple[float, float]:
    """The ends of the interval of the time that a share `slower` exceeds; 0 and infinity are unknown ends."""
    least, most = likely_counts(len(ordered), slower, alpha=alpha, scale=slower)
    low = ordered[-most - 1] if most < len(ordered) else 0.0
    return low, ordered[-least] if least > 0 else math.inf


def _above(ordered: Sequence[float], limit: float) -> int:
    return len(ordered) - bisect_right(ordered, limit)


def _time(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
