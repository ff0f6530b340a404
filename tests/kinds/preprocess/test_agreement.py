"""The check of every training that the graph is what was fitted, and what training rows become."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlcycle.kinds.preprocess.agreement import agreement, cross_fitted
from mlcycle.kinds.preprocess.fitted import Target
from tests.kinds.preprocess.fitting import made, numbers, texts
from tests.support.datasets import preprocess

pytestmark = pytest.mark.slow

ROWS = numbers([1.0, 2.0, None, 4.0], [5.0, 5.0, 6.0, 7.0])


def test_a_graph_that_differs_names_the_column() -> None:
    scaled = made([preprocess("standardize", ["n1"])], ROWS)
    other = made([preprocess("standardize", ["n1"])], numbers([1.0] * 4, [5.0, 5.0, 6.0, 8.0]))
    assert agreement(scaled.fitted, ROWS, scaled.graph).verdict == "pass"
    found = agreement(scaled.fitted, ROWS, other.graph)
    assert (found.name, found.verdict, found.severity) == ("transforms", "fail", "error")
    assert found.message.endswith("over 4 rows, most in `n1`")


def test_a_missing_value_that_is_none_in_the_graph_fails() -> None:
    plain, filled = made([], ROWS), made([preprocess("impute", ["n0"], strategy="mean")], ROWS)
    found = agreement(plain.fitted, ROWS, filled.graph)
    assert (found.verdict, found.figure) == ("fail", None)


@pytest.mark.parametrize(("rows", "compared"), [(999, 999), (1000, 1000), (2500, 1000)])
def test_at_most_a_thousand_rows_are_compared(rows: int, compared: int) -> None:
    given = numbers(list(range(rows)))
    plain = made([], given)
    assert agreement(plain.fitted, given, plain.graph).rows == compared


def test_training_rows_get_what_folds_without_them_say() -> None:
    rows = replace(texts(["a", "b"] * 6), numeric=np.ones((12, 1), dtype=np.float32))
    target = Target(task="regression", y=np.arange(12, dtype=np.float64))
    graph = made([preprocess("target_encode", ["t0"], smooth="auto", cv=3)], rows, target)
    x = graph(rows)
    served = x.copy()
    cross_fitted(graph.fitted, x)
    (chain,) = [chain for chain in graph.fitted if chain.train is not None]
    assert x[:, 0].tolist() == [1.0] * 12
    np.testing.assert_array_equal(x[:, 1:], chain.train)
    assert not np.array_equal(x, served)
