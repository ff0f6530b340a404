"""What a model that knows no features would say: the training rows' prior or mean, for every row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def constant_scores(
    task: str,
    labels: NDArray[np.float64],
    classes: int,
    rows: int,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Scores of `rows` rows from the training side's `labels`: share of true, of each class, or mean; each
    label counts as much as its weight, or once."""
    if task == "multiclass_classification":
        total = len(labels) if weights is None else weights.sum()
        shares = np.bincount(labels.astype(np.int64), weights=weights, minlength=classes) / total
        return np.tile(shares, (rows, 1))
    return np.full(rows, np.average(labels, weights=weights))
