from __future__ import annotations

import math

import numpy as np
import pytest

from mlcycle.kinds.signals.limits import FALSE_ALARMS, chunk_rows, lower, of_distance, upper


def test_chunks_of_the_reference_are_never_larger_than_the_chunk_and_nearly_as_large() -> None:
    for rows in (50, 299, 900, 4321):
        size = chunk_rows(1_000_000, rows)
        assert size is not None
        assert 0.9 * rows < size <= rows


@pytest.mark.parametrize(
    ("reference", "rows", "size"), [(30_000, 5_000, 1_000), (1_499, 900, None), (1_500, 900, 50)]
)
def test_a_reference_gives_thirty_chunks_or_no_limit(reference: int, rows: int, size: int | None) -> None:
    assert chunk_rows(reference, rows) == size


def test_the_limit_is_the_prediction_limit_of_one_further_value() -> None:
    """Of 1,500 normal samples of 30, one further value lies beyond it less than one time in a hundred."""
    generator = np.random.default_rng(7)
    samples = generator.normal(0.1, 0.02, (1500, 31))
    beyond = np.mean([value[30] > upper(value[:30].tolist()) for value in samples])
    assert 0.3 * FALSE_ALARMS < beyond < 1.7 * FALSE_ALARMS


@pytest.mark.slow
def test_more_columns_make_each_limit_wider_and_keep_the_alarms_of_all() -> None:
    generator = np.random.default_rng(8)
    samples = generator.normal(0.1, 0.02, (120, 20, 31))
    alone = np.mean([any(c[30] > upper(c[:30].tolist()) for c in chunk) for chunk in samples])
    together = np.mean([any(c[30] > upper(c[:30].tolist(), family=20) for c in chunk) for chunk in samples])
    assert alone > 0.08
    assert together < 3 * FALSE_ALARMS


def test_too_few_values_and_values_that_are_none_give_no_limit() -> None:
    assert math.isnan(upper([0.1] * 29))
    assert math.isnan(upper([0.1] * 29 + [math.nan]))
    assert upper([0.1] * 30) == pytest.approx(0.1)
    assert lower([0.7] * 29 + [0.6]) <= 0.6


def test_a_distance_of_few_categories_keeps_its_alarms() -> None:
    """Two-valued columns: half-normal distances, of chunks inside the reference and of one outside."""
    generator = np.random.default_rng(9)
    chunks = generator.normal(0, 1, (1500, 31))
    inside = chunks[:, :30] - chunks[:, :30].mean(axis=1, keepdims=True)
    outside = chunks[:, 30] - chunks[:, :30].mean(axis=1)
    beyond = [
        0.01 * abs(one) > of_distance((0.01 * np.abs(known)).tolist(), family=7)
        for known, one in zip(inside, outside, strict=True)
    ]
    assert np.mean(beyond) < 1.5 * FALSE_ALARMS / 7 + 0.002
    assert math.isnan(of_distance([0.1] * 29))
    assert of_distance([0.2, 0.9] * 20) == 1.0
