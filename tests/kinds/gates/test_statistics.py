"""Intervals against brute force: resampling, simulation, scikit-learn and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from mlcycle.kinds.gates import statistics
from mlcycle.kinds.gates.statistics import Floats

pytestmark = pytest.mark.slow


def scored(rows: int, seed: int, strength: float = 1.0) -> tuple[Floats, Floats]:
    source = np.random.default_rng(seed)
    labels = (source.random(rows) < 0.25).astype(np.float64)
    return labels, np.round(labels * strength + source.normal(size=rows), 2)  # rounded: ties


def test_the_area_is_scikit_learns_with_ties() -> None:
    labels, scores = scored(800, 1)
    assert statistics.auc(labels, scores, 0.95).figure == pytest.approx(roc_auc_score(labels, scores))


def test_delong_agrees_with_a_bootstrap_of_the_area() -> None:
    labels, scores = scored(700, 2)
    source = np.random.default_rng(0)
    drawn = [
        roc_auc_score(labels[rows], scores[rows])
        for rows in source.integers(0, len(labels), (300, len(labels)))
    ]
    found = statistics.auc(labels, scores, 0.95)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.std(drawn), rel=0.15)


def test_paired_delong_agrees_with_a_paired_bootstrap() -> None:
    labels, scores = scored(700, 3)
    other = scores + np.random.default_rng(9).normal(size=len(scores)) * 0.5
    source = np.random.default_rng(0)
    drawn = [
        roc_auc_score(labels[rows], scores[rows]) - roc_auc_score(labels[rows], other[rows])
        for rows in source.integers(0, len(labels), (300, len(labels)))
    ]
    found = statistics.auc_difference(labels, scores, other, 0.95)
    assert found.figure == pytest.approx(roc_auc_score(labels, scores) - roc_auc_score(labels, other))
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.std(drawn), rel=0.15)
    apart = statistics.auc(labels, scores, 0.95)
    assert found.high - found.low < apart.high - apart.low  # the pairing pays


def test_delong_covers_the_truth_about_as_often_as_it_says() -> None:
    truth = 0.5 * (1 + math.erf(1.0 / 2))  # two normals one standard deviation apart
    hits = 0
    for seed in range(400):
        source = np.random.default_rng(seed)
        labels = (source.random(300) < 0.3).astype(np.float64)
        found = statistics.auc(labels, labels + source.normal(size=300), 0.95)
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / 400 <= 0.98


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [1, 1, 1], [1, 0, 0, 0], []])
def test_an_area_of_one_class_is_unknown(labels: list[float]) -> None:
    found = statistics.auc(np.array(labels, dtype=np.float64), np.arange(len(labels), dtype=np.float64), 0.95)
    assert not found.known


@pytest.mark.parametrize(("hits", "trials"), [(0, 20), (20, 20), (7, 50), (900, 1000)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_shares_are_scipys_wilson_interval(hits: int, trials: int, confidence: float) -> None:
    expected = binomtest(hits, trials).proportion_ci(confidence, method="wilson")
    found = statistics.share(hits, trials, confidence)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.figure == hits / trials


def test_a_share_of_nothing_is_unknown() -> None:
    assert not statistics.share(0, 0, 0.95).known


def test_the_bootstrap_repeats_exactly_and_agrees_with_the_normal_interval_of_a_mean() -> None:
    values = np.random.default_rng(4).normal(3, 2, 2_000)
    first, again = (
        statistics.bootstrap(
            lambda weights: float(np.average(values, weights=weights)), np.ones(len(values)), 0.95
        )
        for _ in range(2)
    )
    assert first == again
    exact = statistics.mean(values, 0.95)
    assert first.figure == pytest.approx(exact.figure)
    assert (first.low, first.high) == pytest.approx((exact.low, exact.high), abs=0.02)


def test_a_statistic_that_is_often_not_a_number_is_unknown() -> None:
    found = statistics.bootstrap(lambda weights: math.nan if weights[0] == 0 else 1.0, np.ones(50), 0.95)
    assert not found.known
