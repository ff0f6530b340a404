"""A metric of the model on the test rows against its limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlcycle.kinds.gates.metrics import estimate
from mlcycle.kinds.gates.scores import Scores
from mlcycle.kinds.gates.verdicts import SHOWN_CONFIDENCE, Limits, result
from mlcycle.task import CheckResult


def judge(config: Mapping[str, Any], scores: Scores) -> CheckResult:
    """config: `metric`, optional `min`, `max`, `confidence` (then the interval must keep the limit).

    Without a limit it is a line of the report.
    """
    confidence = config.get("confidence")
    limits = Limits(least=config.get("min"), most=config.get("max"), confident=confidence is not None)
    found = estimate(config["metric"], scores.judged(), confidence or SHOWN_CONFIDENCE)
    return result(
        found, limits, message=_message(config["metric"], found.figure, scores.rows), rows=scores.rows
    )


def _message(metric: str, figure: float, rows: int) -> str:
    if figure != figure:
        return f"{metric} cannot be computed on {rows:,} test rows"
    return f"{metric} {figure:.4g} on {rows:,} test rows"
