"""The gain over a model that knows no features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlcycle.kinds.gates.catalog import metric_info
from mlcycle.kinds.gates.metrics import difference, figure
from mlcycle.kinds.gates.scores import Scores
from mlcycle.kinds.gates.verdicts import SHOWN_CONFIDENCE, Limits, result, without
from mlcycle.task import CheckResult


def judge(config: Mapping[str, Any], scores: Scores) -> CheckResult:
    """config: `metric`, `against` (majority or mean), `min_gain` (relative to the baseline's figure) and,
    optional, `confidence` (then the interval must reach it).

    The baseline says the same for every row: the training rows' share of true, their shares of classes, or
    their mean. Its figure is taken as known when the interval of the gain is computed.
    """
    metric, against = config["metric"], config["against"]
    confidence = config.get("confidence")
    limits = Limits(least=config.get("min_gain"), confident=confidence is not None)
    baseline = scores.judged(scores.baselines[against])
    reference = figure(metric, baseline)
    if not reference or reference != reference:
        return without(
            "inconclusive", f"{metric} of the baseline is {reference}", rows=scores.rows, limits=limits
        )
    info = metric_info(metric)
    sign = 1.0 if info is not None and info.greater_is_better else -1.0
    found = difference(metric, scores.judged(), baseline, confidence or SHOWN_CONFIDENCE)
    gain = found.map(lambda value: sign * value / abs(reference))
    mine = figure(metric, scores.judged())
    message = (
        f"{metric} {mine:.4g} against {reference:.4g} of the {against} baseline: a gain of {gain.figure:.1%}"
    )
    return result(gain, limits, message=message, rows=scores.evidence)
