"""What gates judge: labels, the model's scores, and those it is compared with, all for the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from mlcycle.kinds.gates.folds import Folds
from mlcycle.kinds.gates.losses import Judged
from mlcycle.kinds.gates.statistics import Floats, effective


@dataclass(frozen=True, slots=True, kw_only=True)
class Champion:
    """The model in place. `scores` is None where it could not score these rows, and `reason` says why."""

    version: str
    package_digest: str
    scores: Floats | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Test rows [N] in the dataset's order.

    labels: float64 [N]: 0/1, class index or value. scores: float64 [N], or [N, C] for several classes.
    baselines: scores of a model that knows no features, by name (`majority`, `mean`).
    groups: column -> text of each row, "" where it is missing.
    champion: None when there is none, or when it is this very package.
    folds: what cross-validation found; None where the split has no folds.
    weights: float64 [N], how much each row counts for the gate that is given these; None if all count alike.
    """

    task: str
    classes: int
    threshold: float
    labels: Floats
    scores: Floats
    baselines: Mapping[str, Floats] = field(default_factory=dict)
    groups: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    champion: Champion | None = None
    folds: Folds | None = None
    weights: Floats | None = None

    @property
    def rows(self) -> int:
        return len(self.labels)

    @property
    def evidence(self) -> int:
        """How many rows a verdict rests on: of weighted ones as many as they tell of."""
        return self.rows if self.weights is None else int(effective(self.weights))

    def judged(self, scores: Floats | None = None) -> Judged:
        """The labels with the model's own scores, or with `scores`."""
        return Judged(
            task=self.task,
            labels=self.labels,
            scores=self.scores if scores is None else scores,
            classes=self.classes,
            threshold=self.threshold,
            weights=self.weights,
        )
