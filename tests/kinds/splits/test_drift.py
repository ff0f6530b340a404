"""Drift between sides, against figures computed by hand and by scipy."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy.stats import ks_2samp

from mlcycle.kinds.splits.drift import as_figures, as_table, differences


def test_texts_by_hand() -> None:
    one = pl.DataFrame({"a": ["x"] * 8 + ["y"] * 2})
    other = pl.DataFrame({"a": ["x"] * 4 + ["z"] * 5 + [None]})
    (found,) = differences(one, other, ["a"])
    pairs = [(8, 4), (2, 0), (0, 5), (0, 0), (0, 1)]  # x, y, z, any other, missing
    p, q = ([(pair[side] + 0.5) / 12.5 for pair in pairs] for side in (0, 1))
    assert found.psi == pytest.approx(sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True)))
    assert found.largest == pytest.approx(0.6)


def test_numbers_as_scipy_has_them() -> None:
    noise = np.random.default_rng(1)
    one, other = noise.normal(size=4_000), noise.normal(0.5, 1.2, size=3_000)
    (found,) = differences(pl.DataFrame({"a": one}), pl.DataFrame({"a": other}), ["a"])
    assert found.largest == pytest.approx(ks_2samp(one, other).statistic)
    assert 0.15 < found.psi < 0.4


def test_the_same_on_both_sides_is_no_drift_and_missing_values_are() -> None:
    numbers = [float(i) for i in range(1_000)]
    frame = pl.DataFrame({"a": numbers, "b": [i % 3 == 0 for i in range(1_000)], "n": numbers})
    found = differences(frame, frame.with_columns(n=pl.when(pl.col("a") >= 500).then("n")), ["a", "b", "n"])
    assert [each.feature for each in found] == ["n", "a", "b"]
    assert found[0].psi > 1
    assert (found[1].psi, found[1].largest, found[2].psi) == (0, 0, 0)
    assert as_figures(found)["a"] == 0
    assert as_table(found, "train and test").rows[0][0] == "n"


def test_sides_without_rows_or_values() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.0]})
    assert differences(frame, frame.clear(), ["a"]) == ()
    (found,) = differences(frame, frame.with_columns(a=pl.lit(None, pl.Float64)), ["a"])
    assert found.largest == 1
    assert math.isfinite(found.psi)
