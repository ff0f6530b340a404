"""Scores that are the same but for the rounding of float32 agree, others do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcycle.steps.agreement import TOLERANCE, differences


def test_probabilities_differ_by_what_they_differ() -> None:
    found = differences(np.array([0.5, 0.25]), np.array([0.5, 0.2501]))
    assert found == pytest.approx([0.0, 1e-4])


def test_values_differ_by_a_part_of_their_size_or_of_the_usual_one() -> None:
    found = differences(np.array([1e6 + 10, 2.002]), np.array([1e6, 2.0]))
    assert found == pytest.approx([1e-5, 0.002 / 500_001])


def test_the_largest_of_a_row_of_classes_and_nothing_where_there_is_no_score() -> None:
    expected = np.array([[0.2, 0.8], [0.5, 0.5]])
    found = differences(np.array([[0.2, 0.7], [np.nan, 0.5]]), expected)
    assert found[0] == pytest.approx(0.1)
    assert np.isnan(found[1])
    assert differences(np.zeros(0), np.zeros(0)).shape == (0,)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 150.0, 1e5]))
def test_sums_of_the_same_leaves_in_another_order_agree(seed: int, base: float) -> None:
    """What an ensemble of trees gives: a base and many leaves, which may leave little of it."""
    random = np.random.default_rng(seed)
    leaves = random.normal(0, base / 20, (200, 400)).astype(np.float32)
    leaves[:, -1] -= leaves.sum(axis=1) * (random.random(200) < 0.3)
    one, other = (np.float32(base) * np.ones(200, np.float32) for _ in range(2))
    for number in range(leaves.shape[1]):
        one += leaves[:, number]
        other += leaves[:, -1 - number]
    assert differences(one.astype(np.float64), other.astype(np.float64)).max() < TOLERANCE
