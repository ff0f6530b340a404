"""How far scores are apart that should be the same."""

from __future__ import annotations

import numpy as np

from mlcycle.steps.columns import Array

#: The greatest difference of scores that are the same but for rounding.
TOLERANCE = 1e-5


def differences(scores: Array, expected: Array) -> Array:
    """For each row of [N] or [N, C] the largest difference, NaN where a score is; as such of values up to 1.

    Of greater ones it is relative to the row's value or to the mean size of all, whichever is greater: a
    score is a sum in float32, as exact as its terms are large, and 2 may be 154 less 152.
    """
    sizes = np.abs(expected)
    usual = max(1.0, float(np.mean(sizes))) if sizes.size else 1.0
    found: Array = np.abs(scores - expected) / np.maximum(usual, sizes)
    return found if found.ndim == 1 else found.max(axis=1)
