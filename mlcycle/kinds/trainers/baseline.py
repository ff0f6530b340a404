"""What a model that knows no features would say: the training rows' prior or mean, for every row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def constant_scores(task: str, labels: NDArray[np.float64], classes: int, rows: int) -> NDArray[np.float64]:
    """Scores of `rows` rows from the training side's `labels`: share of true, of each class, or mean."""
    if task == "multiclass_classification":
        shares = np.bincount(labels.astype(np.int64), minlength=classes) / len(labels)
        return np.tile(shares, (rows, 1))
    return np.full(rows, labels.mean())
