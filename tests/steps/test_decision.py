"""From scores to decisions."""

from __future__ import annotations

import numpy as np
import pytest

from mlcycle.steps.decision import decisions
from tests.support.packages import parsed_manifest


@pytest.mark.parametrize("threshold", [0.5, 0.3, 0.1])
def test_a_score_at_the_threshold_is_true(threshold: float) -> None:
    """As float32, in which the graph computes: 0.3 is then a little more than 0.3."""
    at = np.float32(threshold)
    scores = np.array([at, np.nextafter(at, np.float32(0)), np.nan], np.float32)
    assert decisions(parsed_manifest(threshold=threshold), scores) == [True, False, None]


def test_the_likeliest_class_is_decided_for() -> None:
    scores = np.array([[0.2, 0.5, 0.3], [np.nan, 0.5, 0.5]], np.float32)
    assert decisions(parsed_manifest("multiclass_classification"), scores) == ["late", None]


def test_a_regression_decides_nothing() -> None:
    assert decisions(parsed_manifest("regression"), np.array([1.0], np.float32)) == [None]
