"""Figures over ranges in any order, against counting each range by itself."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcycle.kinds.features.aggregation.figures import distinct

pytestmark = pytest.mark.slow


@st.composite
def _ranges(draw: st.DrawFn) -> tuple[list[int | None], list[tuple[int, int]]]:
    values = draw(st.lists(st.none() | st.integers(0, 3), max_size=12))
    bound = st.integers(0, len(values))
    return values, [(min(pair), max(pair)) for pair in draw(st.lists(st.tuples(bound, bound), max_size=8))]


@given(_ranges())
def test_distinct_values_of_ranges_that_slide_or_do_not(
    given_ranges: tuple[list[int | None], list[tuple[int, int]]],
) -> None:
    values, ranges = given_ranges
    low, high = (np.array([pair[side] for pair in ranges], dtype=np.int64) for side in (0, 1))
    found = distinct(pl.Series(values, dtype=pl.Int64), low, high)
    assert found.tolist() == [len({*values[a:b]} - {None}) for a, b in ranges]
