"""What is wrong with a gate's metric and its limits, found before anything is trained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.kinds.gates.catalog import FAIRNESS_METRICS, METRICS, MetricInfo, metric_info
from mlcycle.kinds.interface import Mistake

_FROM_ZERO = ("log_loss", "root_mean_squared_error", "mean_squared_error", "mean_absolute_error")


def bounds(metric: str) -> tuple[float, float]:
    """The least and the greatest value that a metric can take."""
    if metric in _FROM_ZERO:
        return (0.0, math.inf)
    return (-math.inf, 1.0) if metric == "r2" else (0.0, 1.0)


def metric_mistakes(name: str, task: str, *, fairness: bool = False) -> Iterator[Mistake]:
    """An unknown metric, or one that the task does not have."""
    offered = FAIRNESS_METRICS if fairness else METRICS
    info = next((known for known in offered if known.name == name), None)
    if info is None:
        yield _unknown(name, offered, fairness)
    elif task not in info.tasks:
        usable = ", ".join(f"`{m.name}`" for m in offered if task in m.tasks) or "none of this slot's metrics"
        message = f"`{name}` cannot be computed for the task {task}"
        yield Mistake(code="MLC502", message=message, path=("metric",), help=f"for this task: {usable}")


def _unknown(name: str, offered: tuple[MetricInfo, ...], fairness: bool) -> Mistake:
    names = [info.name for info in offered]
    kind = "fairness metric" if fairness else "metric"
    help_line = did_you_mean(name, names) or "known: " + ", ".join(f"`{n}`" for n in names)
    if metric_info(name) is not None:
        help_line = "use `kind: metric`" if fairness else "use `kind: fairness`"
    return Mistake(code="MLC501", message=f"`{name}` is not a {kind}", path=("metric",), help=help_line)


def limit_mistakes(metric: str, limits: Mapping[str, float | None]) -> Iterator[Mistake]:
    """A limit that no model can reach, a `min` above the `max`, and a single limit on the side of the better.

    `limits` has the keys `min` and `max`.
    """
    info = metric_info(metric)
    given = {key: limit for key, limit in limits.items() if limit is not None}
    if info is None:
        return
    low, high = bounds(metric)
    for key, limit in given.items():
        if not low <= limit <= high:
            message = f"`{key}: {limit:g}` is outside what `{metric}` can be: {_range(low, high)}"
            help_line = "such a limit always gives the same verdict"
            yield Mistake(code="MLC505", message=message, path=(key,), help=help_line)
    if len(given) == 2 and given["min"] > given["max"]:
        yield Mistake(code="MLC505", message="`min` is greater than `max`: no model passes", path=("min",))
    wrong, right = ("max", "min") if info.greater_is_better else ("min", "max")
    if list(given) == [wrong]:
        better = "more" if info.greater_is_better else "less"
        message = f"of `{metric}` {better} is better: `{wrong}` alone stops the good models, not the bad"
        help_line = f"use `{right}`"
        yield Mistake(code="MLC506", message=message, path=(wrong,), help=help_line, severity="warning")


def confidence_mistakes(confidence: float | None) -> Iterator[Mistake]:
    """A level at which an interval says nothing, or never ends."""
    if confidence is not None and not 0.5 <= confidence < 1:
        message = "a confidence lies between 50% and 100%"
        yield Mistake(code="MLC505", message=message, path=("confidence",), help="write `confidence: 95%`")


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return f"{low:g} or more"
    return f"{high:g} or less" if math.isinf(low) else f"{low:g} to {high:g}"
