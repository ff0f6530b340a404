from __future__ import annotations

import numpy as np
import pytest

from mlcycle.kinds.packages.parity import parity


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ([0.5, 0.25], [0.5, 0.25 + 9e-6], "pass"),
        ([0.5, 0.25], [0.5, 0.25 + 2e-5], "fail"),
        ([1e6], [1e6 + 5], "pass"),  # relative to the size of the value
        ([1e6], [1e6 + 50], "fail"),
        ([0.5, np.nan], [0.5, np.nan], "fail"),
        ([], [], "inconclusive"),
    ],
)
def test_scores_are_compared(first: list[float], second: list[float], verdict: str) -> None:
    check = parity("parity", np.array(first), np.array(second), "scores")
    assert check.verdict == verdict
    assert check.rows == len(first)


def test_the_largest_difference_is_told() -> None:
    check = parity("parity", np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([[0.5, 0.5], [0.3, 0.7]]), "scores")
    assert check.figure == pytest.approx(0.1)
    assert check.message == "scores differ by at most 0.1 over 2 rows"
