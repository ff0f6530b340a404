"""Whether the challenger fails more often than the champion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlcycle.kinds.analyses.binomial import bounds
from mlcycle.kinds.analyses.figures import challenger_alpha, champion_alpha, percent
from mlcycle.kinds.analyses.verdicts import judged, unknown
from mlcycle.kinds.analyses.window import Arm, Window
from mlcycle.task import CheckResult


def judge(config: Mapping[str, Any], window: Window) -> CheckResult:
    """config: `max_increase`, `confidence`.

    The increase lies between the ends of the two arms' intervals, each with its part of the error. Of a
    champion without requests nothing is known: then no increase is ever certain, and only a challenger that
    fails less than `max_increase` by itself passes.
    """
    champion, challenger = window.champion, window.challenger
    if challenger.requests == 0:
        return unknown("the challenger was given no request")
    limit, confidence = float(config["max_increase"]), float(config["confidence"])
    its_low, its_high = _bounds(challenger, challenger_alpha(confidence), limit)
    low, high = _bounds(champion, champion_alpha(confidence), limit)
    return judged(
        figure=_rate(challenger) - _rate(champion),
        interval=(its_low - high, its_high - low),
        limit=limit,
        key="max_increase",
        rows=challenger.requests,
        message=(
            f"{percent(_rate(challenger))} of {challenger.requests:,} requests failed, "
            f"{percent(_rate(champion))} of the champion's {champion.requests:,}: an increase"
        ),
    )


def _bounds(arm: Arm, alpha: float, scale: float) -> tuple[float, float]:
    return bounds(arm.failures, arm.requests, alpha=alpha, scale=scale)


def _rate(arm: Arm) -> float:
    return arm.failures / arm.requests if arm.requests else 0.0
