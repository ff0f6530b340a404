"""Whether every form of a model gives the same scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlcycle.steps.agreement import TOLERANCE, differences
from mlcycle.task import CheckResult

ROWS = 10_000


def parity(name: str, scores: NDArray[np.float64], other: NDArray[np.float64], what: str) -> CheckResult:
    """Compare two arrays of scores of the same rows; a score that is not finite fails."""
    rows = len(scores)
    if rows == 0 or scores.shape != other.shape:
        return CheckResult(name=name, verdict="inconclusive", message="no rows to compare", rows=rows)
    difference = float(np.max(differences(scores, other)))
    passed = difference <= TOLERANCE
    return CheckResult(
        name=name,
        verdict="pass" if passed else "fail",
        message=f"{what} differ by at most {difference:.2g} over {rows:,} rows",
        figure=difference if np.isfinite(difference) else None,
        limit=f"max {TOLERANCE:g}",
        rows=rows,
    )
