"""The evidence of a count: right to the digit, and right about the truth however often one looks."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from mlcycle.kinds.analyses.binomial import bounds, least_trials, likely_counts, log_evidence

pytestmark = pytest.mark.slow

LOOKS = range(10, 1510, 10)


@pytest.mark.parametrize(
    ("successes", "trials", "rate", "scale"),
    [(0, 30, 0.01, 0.01), (3, 60, 0.02, 0.01), (40, 90, 0.3, 0.15), (5, 5, 0.5, 0.1), (0, 0, 0.2, 0.2)],
)
def test_the_evidence_is_the_mixture_over_the_likelihood(
    successes: int, trials: int, rate: float, scale: float
) -> None:
    prior = beta(0.5, 1 / (4 * scale))

    def mixed(root: float) -> float:  # q = root squared takes the pole of the density at 0 away
        q = root * root
        return float(2 * root * prior.pdf(q) * q**successes * (1 - q) ** (trials - successes))

    mixture = quad(mixed, 0, 1, epsabs=0, epsrel=1e-10, limit=500)[0]
    likelihood = rate**successes * (1 - rate) ** (trials - successes)
    found = math.exp(log_evidence(successes, trials, rate, scale=scale))
    assert found == pytest.approx(mixture / likelihood, rel=1e-6)


def test_the_evidence_against_the_truth_is_1_on_average() -> None:
    for trials in (1, 7, 40):
        weights = [math.comb(trials, k) * 0.03**k * 0.97 ** (trials - k) for k in range(trials + 1)]
        evidence = [math.exp(log_evidence(k, trials, 0.03, scale=0.01)) for k in range(trials + 1)]
        assert sum(w * e for w, e in zip(weights, evidence, strict=True)) == pytest.approx(1)


@pytest.mark.parametrize(("rate", "scale"), [(0.002, 0.01), (0.05, 0.01), (0.15, 0.15), (0.5, 0.01)])
def test_the_truth_stays_inside_at_every_look_at_once(rate: float, scale: float) -> None:
    source = np.random.default_rng(7)
    missed = 0
    for _ in range(400):
        counts = np.cumsum(source.random(LOOKS[-1]) < rate)
        evidence = (log_evidence(int(counts[n - 1]), n, rate, scale=scale) for n in LOOKS)
        missed += any(value >= math.log(20) for value in evidence)
    assert missed / 400 <= 0.05


def test_bounds_are_where_the_evidence_is_just_enough() -> None:
    low, high = bounds(7, 200, alpha=0.05, scale=0.01)
    assert low < 7 / 200 < high
    for edge in (low, high):
        assert log_evidence(7, 200, edge, scale=0.01) == pytest.approx(math.log(20), abs=1e-6)


def test_bounds_of_what_says_nothing() -> None:
    assert bounds(0, 0, alpha=0.05, scale=0.01) == (0.0, 1.0)
    low, high = bounds(0, 500, alpha=0.05, scale=0.01)
    assert low == 0.0
    assert 0 < high < 0.01
    low, high = bounds(500, 500, alpha=0.05, scale=0.01)
    assert 0.8 < low < high == 1.0


def test_more_failures_raise_both_bounds() -> None:
    found = [bounds(k, 300, alpha=0.05, scale=0.01) for k in range(301)]
    assert all(low <= more and high <= most for (low, high), (more, most) in itertools.pairwise(found))


def test_a_count_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="5 of 3 is no count"):
        bounds(5, 3, alpha=0.05, scale=0.01)


def test_likely_counts_are_those_whose_bounds_hold_the_rate() -> None:
    least, most = likely_counts(2_000, 0.01, alpha=0.01, scale=0.01)
    inside = []
    for count in range(80):
        low, high = bounds(count, 2_000, alpha=0.01, scale=0.01)
        if low <= 0.01 <= high:
            inside.append(count)
    assert (inside[0], inside[-1]) == (least, most)


@pytest.mark.parametrize(("limit", "alpha"), [(0.01, 0.04), (0.15, 0.05), (0.001, 0.05), (0.5, 0.05)])
def test_the_least_trials_are_the_first_that_can_pass(limit: float, alpha: float) -> None:
    least = least_trials(limit, alpha=alpha, scale=limit)
    assert bounds(0, least, alpha=alpha, scale=limit)[1] < limit
    assert bounds(0, least - 1, alpha=alpha, scale=limit)[1] >= limit


@pytest.mark.parametrize(("limit", "alpha"), [(0.0, 0.05), (1.0, 0.05), (0.1, 0.0)])
def test_no_number_of_trials_is_asked_for_what_cannot_be_shown(limit: float, alpha: float) -> None:
    assert least_trials(limit, alpha=alpha, scale=limit) == 1
