"""A metric of the model on the test rows against its limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlcycle.kinds.gates.folds import Folds
from mlcycle.kinds.gates.metrics import estimate
from mlcycle.kinds.gates.scores import Scores
from mlcycle.kinds.gates.verdicts import SHOWN_CONFIDENCE, Limits, result, without
from mlcycle.task import CheckResult


def judge(config: Mapping[str, Any], scores: Scores) -> CheckResult:
    """config: `metric`, optional `min`, `max`, `confidence` (then the interval must keep the limit) and `on`
    (`folds`: the mean of the folds, instead of the test rows).

    Without a limit it is a line of the report.
    """
    confidence = config.get("confidence")
    limits = Limits(least=config.get("min"), most=config.get("max"), confident=confidence is not None)
    if config.get("on") == "folds":
        return _of_folds(config["metric"], scores.folds, limits, confidence or SHOWN_CONFIDENCE)
    found = estimate(config["metric"], scores.judged(), confidence or SHOWN_CONFIDENCE)
    return result(
        found, limits, message=_message(config["metric"], found.figure, scores.rows), rows=scores.evidence
    )


def _of_folds(metric: str, folds: Folds | None, limits: Limits, confidence: float) -> CheckResult:
    if folds is None:
        return without("inconclusive", "the training has no folds", limits=limits)
    found, count = folds.mean(metric, confidence), len(folds.held_out)
    message = f"{metric} {found.figure:.4g} on average over {count} folds, {folds.rows:,} rows held out"
    if not found.known:
        message = f"{metric} cannot be computed in each of {count} folds"
    return result(found, limits, message=message, rows=folds.rows)


def _message(metric: str, figure: float, rows: int) -> str:
    if figure != figure:
        return f"{metric} cannot be computed on {rows:,} test rows"
    return f"{metric} {figure:.4g} on {rows:,} test rows"
