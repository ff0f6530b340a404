"""What cross-validation found of a metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.stats import t as student

from mlcycle.kinds.gates.statistics import UNKNOWN, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Folds:
    """figures: metric -> its figure of each fold, None where it cannot be computed.

    learned, held_out: rows that each fold learned from (train and validation), and was judged by.
    """

    figures: Mapping[str, Sequence[float | None]]
    learned: tuple[int, ...]
    held_out: tuple[int, ...]

    @property
    def rows(self) -> int:
        """All rows that judged."""
        return sum(self.held_out)

    def mean(self, metric: str, confidence: float) -> Estimate:
        """The mean over the folds with its two-sided interval; unknown where one fold's figure is.

        Student's t with the variance of Nadeau and Bengio (2003): folds share most of what they learn from,
        so that their figures vary less than those of models from other data would. The variance of the mean
        is s^2 (1/k + n2/n1), not s^2/k, for k folds that learn from n1 rows and are judged by n2.
        """
        figures = [figure for figure in self.figures.get(metric, ()) if figure is not None]
        count = len(self.held_out)
        if len(figures) < count or count < 2:
            return UNKNOWN
        mean = math.fsum(figures) / count
        variance = math.fsum((figure - mean) ** 2 for figure in figures) / (count - 1)
        spread = variance * (1 / count + self.rows / sum(self.learned))
        half = float(student.ppf((1 + confidence) / 2, count - 1)) * math.sqrt(spread)
        return Estimate(figure=mean, low=mean - half, high=mean + half)


def read_folds(training: Mapping[str, Any]) -> Folds | None:
    """The folds of a `training.json`; None if its split had none."""
    found = training.get("folds")
    if found is None:
        return None
    return Folds(
        figures={metric: each["folds"] for metric, each in found["metrics"].items()},
        learned=tuple(rows["train"] + rows.get("validation", 0) for rows in found["rows"]),
        held_out=tuple(rows["held_out"] for rows in found["rows"]),
    )
