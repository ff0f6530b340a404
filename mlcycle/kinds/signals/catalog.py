"""What can be said about signals before anything is measured. Plain data, so that checking reads it too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from mlcycle.kinds.gates.catalog import BINARY, MULTICLASS, REGRESSION
from mlcycle.kinds.gates.limits import limit_mistakes, metric_mistakes
from mlcycle.kinds.interface import Mistake

#: Metrics that can be estimated without labels, by task.
ESTIMATED: Mapping[str, tuple[str, ...]] = {
    BINARY: ("roc_auc", "average_precision", "accuracy", "precision", "recall", "f1"),
    MULTICLASS: ("accuracy", "balanced_accuracy", "f1_macro"),
    REGRESSION: ("mean_absolute_error", "mean_squared_error", "root_mean_squared_error"),
}

#: The metric that is watched where the author named no signals, by task; it can be estimated.
USUAL: Mapping[str, str] = {
    BINARY: "roc_auc",
    MULTICLASS: "balanced_accuracy",
    REGRESSION: "root_mean_squared_error",
}

Method = Literal["jensen_shannon", "hellinger", "kolmogorov_smirnov"]


def performance_mistakes(
    metric: str, task: str, limits: Mapping[str, float | None], *, estimated: bool = False
) -> Iterator[Mistake]:
    """Those of a metric and its limits, which are the same as a gate's, and of what cannot be estimated."""
    found = list(metric_mistakes(metric, task))
    if not found and estimated and metric not in ESTIMATED.get(task, ()):
        usable = ", ".join(f"`{name}`" for name in ESTIMATED.get(task, ()))
        message = f"`{metric}` cannot be estimated without labels"
        found.append(Mistake(code="MLC702", message=message, path=("metric",), help=f"use one of {usable}"))
    yield from found
    yield from limit_mistakes(metric, limits)


def distance_mistakes(limit: float | None) -> Iterator[Mistake]:
    """A limit of a distance, which lies between 0 and 1."""
    if limit is None or 0 < limit < 1:
        return
    never = "every chunk" if limit <= 0 else "no chunk"
    message = f"`max: {limit:g}` is no limit: distances lie between 0 and 1, so {never} would be beyond it"
    yield Mistake(code="MLC703", message=message, path=("max",), help="such as `max: 0.1`, or leave it out")
