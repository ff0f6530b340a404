"""Who is answered by which arm: shares, and that nobody is moved about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcycle.serving.routing import arm, bounds, bucket

TEXTS = st.text(max_size=20)
SHARES = st.lists(st.integers(0, 100), min_size=1, max_size=4).filter(lambda parts: sum(parts) > 0)


@given(TEXTS, TEXTS)
def test_a_bucket_depends_on_salt_and_key_alone(salt: str, key: str) -> None:
    assert bucket(salt, key) == bucket(salt, key)
    assert 0 <= bucket(salt, key) < 1


def test_another_salt_draws_other_keys() -> None:
    first = {key for key in range(2000) if bucket("a", str(key)) < 0.1}
    second = {key for key in range(2000) if bucket("b", str(key)) < 0.1}
    assert len(first & second) < 60
    assert len({bucket("", f"{key}") for key in range(2000)}) == 2000
    assert bucket("a", "bc") != bucket("ab", "c")


@pytest.mark.slow
@given(SHARES)
def test_shares_are_kept(parts: list[int]) -> None:
    weights = [part / sum(parts) for part in parts]
    ends = bounds(weights)
    counts = [0] * len(weights)
    for key in range(2000):
        counts[arm(bucket("salt", str(key)), ends)] += 1
    for count, weight in zip(counts, weights, strict=True):
        assert abs(count / 2000 - weight) < 0.05
        assert weight > 0 or count == 0


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), TEXTS)
def test_a_growing_share_keeps_who_was_in_it(shares: list[float], key: str) -> None:
    place = bucket("rollout-7", key)
    chosen = [arm(place, bounds([1 - share, share])) for share in sorted(shares)]
    assert chosen == sorted(chosen)


def test_all_of_it_is_all_of_it() -> None:
    top = 1 - 2**-53
    assert arm(top, bounds([0.0, 0.1, 0.2, 0.7])) == 3
    assert arm(top, bounds([1.0, 0.0])) == arm(0.0, bounds([1.0, 0.0])) == 0
    assert arm(0.0, bounds([0.0, 1.0])) == 1
