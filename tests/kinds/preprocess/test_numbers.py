"""Steps on numbers: the graph against scikit-learn, missing values, and values beyond those of training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from mlcycle.kinds.preprocess.inputs import Inputs
from mlcycle.task import WorkError
from tests.kinds.preprocess.fitting import made, numbers
from tests.support.datasets import preprocess

pytestmark = pytest.mark.slow

COLUMNS = ["n0", "n1", "n2"]


def rows(count: int, seed: int) -> NDArray[np.float64]:
    """A skewed column, one of few values, and one of large numbers that lie close to each other."""
    source = np.random.default_rng(seed)
    close = 1_700_000_000 + 128 * source.integers(0, 50, count)
    columns = [source.exponential(100, count), source.integers(0, 4, count), close]
    return np.stack(columns, axis=1).astype(np.float32).astype(np.float64)


def given(values: NDArray[np.float64]) -> Inputs:
    return numbers(*values.T.tolist())


TRAIN = rows(400, 0)
BEYOND = np.array([[-5, -1, 1.6e9], [1e6, 7, 1.8e9], [np.nan, np.nan, np.nan]], dtype=np.float32)
FRESH = np.vstack([rows(100, 1), TRAIN.min(axis=0), TRAIN.max(axis=0), BEYOND])


@pytest.mark.parametrize(
    ("config", "alone"),
    [
        ({"method": "minmax"}, MinMaxScaler()),
        ({"method": "minmax", "feature_range": [-1, 1]}, MinMaxScaler(feature_range=(-1, 1))),
        ({"method": "minmax", "clip": True}, MinMaxScaler(clip=True)),
        ({"method": "robust"}, RobustScaler()),
        ({"method": "robust", "quantile_range": [10, 90]}, RobustScaler(quantile_range=(10, 90))),
        ({"method": "quantile"}, QuantileTransformer(n_quantiles=100, subsample=None)),
        ({"method": "quantile", "n_quantiles": 7}, QuantileTransformer(n_quantiles=7, subsample=None)),
    ],
    ids=str,
)
def test_normalized_numbers_are_those_of_scikit_learn(config: dict[str, Any], alone: Any) -> None:
    graph = made([preprocess("normalize", COLUMNS, **config)], given(TRAIN))
    np.testing.assert_allclose(graph(given(FRESH)), alone.fit(TRAIN).transform(FRESH), rtol=1e-5, atol=1e-5)
    assert np.isnan(graph(given(FRESH))[-1]).all()
    assert graph.outputs == tuple(COLUMNS)
    graph.agrees(given(FRESH))


def test_large_numbers_that_lie_close_are_standardized_to_the_last_digit() -> None:
    graph = made([preprocess("standardize", COLUMNS)], given(TRAIN))
    expected = StandardScaler().fit(TRAIN).transform(FRESH)
    np.testing.assert_allclose(graph(given(FRESH)), expected, rtol=1e-5, atol=1e-5)
    assert np.isnan(graph(given(FRESH))[-1]).all()


def test_missing_values_of_training_count_for_nothing() -> None:
    with_gaps = np.vstack([TRAIN, np.full((50, 3), np.nan)])
    for step in (
        preprocess("standardize", COLUMNS),
        *(preprocess("normalize", COLUMNS, method=method) for method in ("minmax", "robust", "quantile")),
        preprocess("bin", COLUMNS, strategy="quantile", n_bins=4),
        preprocess("clip_outliers", COLUMNS, method="iqr", threshold=1.5),
        preprocess("clip_outliers", COLUMNS, method="zscore", threshold=3.0),
    ):
        whole, gaps = made([step], given(TRAIN)), made([step], given(with_gaps))
        np.testing.assert_array_equal(gaps(given(FRESH)), whole(given(FRESH)))


def test_a_value_that_never_changes_has_a_place() -> None:
    same = numbers([3.0] * 5)
    fresh = numbers([2.0, 3.0, 4.0, None])
    for method, alone in (
        ("minmax", MinMaxScaler()),
        ("robust", RobustScaler()),
        ("quantile", QuantileTransformer(n_quantiles=5, subsample=None)),
    ):
        graph = made([preprocess("normalize", ["n0"], method=method)], same)
        expected = alone.fit(same.numeric).transform(fresh.numeric)
        np.testing.assert_array_equal(graph(fresh), expected, err_msg=method)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.filterwarnings("ignore:Bins whose width are too small")
def test_bins_are_those_of_scikit_learn(strategy: str) -> None:
    graph = made([preprocess("bin", COLUMNS, strategy=strategy, n_bins=5)], given(TRAIN))
    alone = KBinsDiscretizer(n_bins=5, strategy=strategy, encode="ordinal", subsample=None).fit(TRAIN)
    found = graph(given(FRESH))
    np.testing.assert_array_equal(found[:-1], alone.transform(FRESH[:-1]))
    assert np.isnan(found[-1]).all()
    graph.agrees(given(FRESH))


def test_given_edges_begin_a_bin_and_all_beyond_is_in_the_outer_ones() -> None:
    graph = made([preprocess("bin", ["n0"], edges=[0.1, 10.0])], numbers([1.0]))
    below, at = np.nextafter(np.float32(0.1), np.float32([0, 1]))
    fresh = numbers([-1e30, below, at, 9.5, 10.0, 1e30, None])
    np.testing.assert_array_equal(graph(fresh)[:, 0], [0, 0, 1, 1, 2, 2, np.nan])
    graph.agrees(fresh)


@pytest.mark.parametrize("edge", [0.1, 0.3, 1 / 3, 1e10 + 1])
def test_an_edge_between_two_numbers_of_32_bits_parts_them_as_64_bits_would(edge: float) -> None:
    near = np.float32(edge)
    values = [np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf))]
    graph = made([preprocess("bin", ["n0"], edges=[edge])], numbers([1.0]))
    assert graph(numbers(values))[:, 0].tolist() == [float(float(value) >= edge) for value in values]


def test_a_column_of_one_value_cannot_be_cut() -> None:
    with pytest.raises(WorkError, match=r"`bin` cannot be fitted on `n0`: a column needs two") as error:
        made([preprocess("bin", ["n0"], strategy="quantile", n_bins=3)], numbers([1.0, 1.0, None]))
    assert error.value.code == "MLC854"


def test_outliers_are_brought_to_the_fences_of_tukey() -> None:
    train = numbers([1.0, 2.0, 3.0, 4.0, 100.0])
    graph = made([preprocess("clip_outliers", ["n0"], method="iqr", threshold=1.5)], train)
    fresh = numbers([-50.0, -1.0, 3.0, 7.0, 8.0, None])
    np.testing.assert_array_equal(graph(fresh)[:, 0], [-1, -1, 3, 7, 7, np.nan])
    graph.agrees(fresh)


def test_outliers_are_so_many_deviations_from_the_mean() -> None:
    train = numbers([0.0, 2.0, 0.0, 2.0])
    graph = made([preprocess("clip_outliers", ["n0"], method="zscore", threshold=2.0)], train)
    fresh = numbers([-9.0, -0.5, 3.5, None])
    np.testing.assert_array_equal(graph(fresh)[:, 0], [-1, -0.5, 3, np.nan])
    graph.agrees(fresh)


def test_a_filled_value_is_marked_whether_training_had_gaps_or_not() -> None:
    steps = [preprocess("impute", ["n0", "n1"], strategy="median", add_indicator=True)]
    graph = made(steps, numbers([1.0, None, 3.0], [1.0, 5.0, 6.0]))
    fresh = numbers([None, 7.0], [None, 8.0])
    assert graph.outputs == ("n0", "n1", "n0_missing", "n1_missing")
    assert graph(fresh).tolist() == [[2, 5, 1, 1], [7, 8, 0, 0]]
    graph.agrees(fresh)
