"""Samples are whole rows, the same at every run, and about as many as asked for."""

from __future__ import annotations

import polars as pl
import pytest

from mlcycle.kinds.sources.sampling import KEPT_WHOLE, sampled

FRAME = pl.DataFrame({"a": range(200_000)})


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_about_as_many_rows_as_asked_for_spread_evenly(share: float) -> None:
    found = sampled(FRAME, share)
    assert found.height == pytest.approx(200_000 * share, rel=0.08)
    halves = (found["a"] < 100_000).mean()
    assert halves == pytest.approx(0.5, abs=0.03)
    assert found["a"].is_sorted()


def test_the_same_rows_again_and_a_larger_sample_holds_the_smaller() -> None:
    small, large = sampled(FRAME, 0.1), sampled(FRAME, 0.2)
    assert small.equals(sampled(FRAME, 0.1))
    assert small["a"].is_in(large["a"].implode()).all()
    assert small["a"].head(5).to_list() == [10, 18, 21, 41, 48]


def test_small_tables_and_whole_shares_stay() -> None:
    assert sampled(FRAME, 1.0) is FRAME
    small = FRAME.head(KEPT_WHOLE - 1)
    assert sampled(small, 0.1) is small
