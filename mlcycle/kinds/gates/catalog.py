"""The metrics that gates know: names, tasks and direction. Plain data, so that checking reads it too.

Names are those of scikit-learn's scorers without `neg_`; fairness metrics have fairlearn's names.
"""

from __future__ import annotations

from dataclasses import dataclass

BINARY = "binary_classification"
MULTICLASS = "multiclass_classification"
REGRESSION = "regression"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricInfo:
    """What a spec may be told about a metric before anything is computed."""

    name: str
    tasks: tuple[str, ...]
    greater_is_better: bool


_CLASSIFICATION = (BINARY, MULTICLASS)

METRICS: tuple[MetricInfo, ...] = (
    MetricInfo(name="roc_auc", tasks=(BINARY,), greater_is_better=True),
    MetricInfo(name="average_precision", tasks=(BINARY,), greater_is_better=True),
    MetricInfo(name="log_loss", tasks=_CLASSIFICATION, greater_is_better=False),
    MetricInfo(name="brier_score", tasks=(BINARY,), greater_is_better=False),
    MetricInfo(name="accuracy", tasks=_CLASSIFICATION, greater_is_better=True),
    MetricInfo(name="balanced_accuracy", tasks=_CLASSIFICATION, greater_is_better=True),
    MetricInfo(name="precision", tasks=(BINARY,), greater_is_better=True),
    MetricInfo(name="recall", tasks=(BINARY,), greater_is_better=True),
    MetricInfo(name="f1", tasks=(BINARY,), greater_is_better=True),
    MetricInfo(name="f1_macro", tasks=(MULTICLASS,), greater_is_better=True),
    MetricInfo(name="root_mean_squared_error", tasks=(REGRESSION,), greater_is_better=False),
    MetricInfo(name="mean_squared_error", tasks=(REGRESSION,), greater_is_better=False),
    MetricInfo(name="mean_absolute_error", tasks=(REGRESSION,), greater_is_better=False),
    MetricInfo(name="r2", tasks=(REGRESSION,), greater_is_better=True),
)

FAIRNESS_METRICS: tuple[MetricInfo, ...] = (
    MetricInfo(name="demographic_parity_difference", tasks=(BINARY,), greater_is_better=False),
    MetricInfo(name="demographic_parity_ratio", tasks=(BINARY,), greater_is_better=True),
    MetricInfo(name="equalized_odds_difference", tasks=(BINARY,), greater_is_better=False),
)


def metric_info(name: str) -> MetricInfo | None:
    """The metric of that name, performance or fairness, or None."""
    return next((info for info in (*METRICS, *FAIRNESS_METRICS) if info.name == name), None)
