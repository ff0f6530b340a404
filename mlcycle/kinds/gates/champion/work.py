"""The model against the one in place, on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlcycle.kinds.gates.catalog import metric_info
from mlcycle.kinds.gates.metrics import difference, figure
from mlcycle.kinds.gates.scores import Scores
from mlcycle.kinds.gates.verdicts import SHOWN_CONFIDENCE, Limits, result, without
from mlcycle.task import CheckResult


def judge(config: Mapping[str, Any], scores: Scores) -> CheckResult:
    """config: `metric`, `max_drop`: how much worse, in the metric's own unit, the model may be, optional
    `confidence` (then the interval must keep it).

    The figure is the change for the better (a loss that falls counts as a rise); its interval is paired. Not
    applicable without a champion, inconclusive when the champion cannot score these rows.
    """
    metric = config["metric"]
    drop = config.get("max_drop")
    limits = Limits(least=None if drop is None else -drop, confident="confidence" in config)
    champion = scores.champion
    if champion is None:
        return without("not_applicable", "there is no champion yet", rows=scores.rows, limits=limits)
    if champion.scores is None:
        message = f"the champion, version {champion.version}, cannot score these rows: {champion.reason}"
        message += "; to replace it all the same, run once without this gate or with `severity: warn`"
        return without("inconclusive", message, rows=scores.rows, limits=limits)
    info = metric_info(metric)
    sign = 1.0 if info is not None and info.greater_is_better else -1.0
    other = scores.judged(champion.scores)
    found = difference(metric, scores.judged(), other, config.get("confidence", SHOWN_CONFIDENCE))
    change = found.map(lambda value: sign * value)
    mine, theirs = figure(metric, scores.judged()), figure(metric, other)
    message = f"{metric} {mine:.4g} against {theirs:.4g} of the champion, version {champion.version}"
    return result(change, limits, message=message, rows=scores.evidence)
