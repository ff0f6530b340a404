"""The ONNX graph of fitted preprocessing against scikit-learn's own answer, and its edges."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mlcycle.graph.node import Step
from mlcycle.kinds.packages.graphs import to_bytes
from mlcycle.kinds.packages.session import run
from mlcycle.kinds.preprocess.chain import FittedChain, chains, fit
from mlcycle.kinds.preprocess.compose import compose
from mlcycle.kinds.preprocess.inputs import Inputs, Layout
from tests.support.datasets import preprocess

pytestmark = pytest.mark.slow


def rows(count: int = 500, seed: int = 0) -> Inputs:
    source = np.random.default_rng(seed)
    numeric = (source.normal(size=(count, 3)) * [1, 100, 0.01] + [0, 2000, 7]).astype(np.float32)
    numeric[source.random((count, 3)) < 0.1] = np.nan
    text = source.choice(["", "EWR", "JFK", "é"], size=(count, 2)).astype(object)
    return Inputs(numeric=numeric, text=text)


def words(*values: str) -> Inputs:
    """Rows with one text column only."""
    text = np.array([[value] for value in values], dtype=object)
    return Inputs(numeric=np.zeros((len(values), 0), np.float32), text=text)


LAYOUT = Layout(numeric=("n.a", "n.b", "n.c"), text=("t.a", "t.b"))


def graph(steps: list[Step], layout: Layout, given: Inputs) -> tuple[bytes, list[FittedChain]]:
    fitted = [fit(chain, given) for chain in chains(layout, steps)]
    return to_bytes(compose(fitted, layout)), fitted


def expected(fitted: list[FittedChain], given: Inputs) -> NDArray[np.float32]:
    return np.concatenate([chain.transform(given) for chain in fitted], axis=1)


def test_the_graph_gives_what_scikit_learn_gives() -> None:
    steps = [
        preprocess("impute", ["n.a", "n.b"], strategy="median"),
        preprocess("standardize", ["n.b", "n.c"]),
        preprocess("impute", ["t.b"], strategy="most_frequent"),
        preprocess("one_hot", ["t.a", "t.b"]),
    ]
    train, fresh = rows(), rows(seed=1)
    made, fitted = graph(steps, LAYOUT, train)
    found = run(made, len(fresh), fresh.feed)
    np.testing.assert_allclose(found, expected(fitted, fresh), rtol=1e-4, atol=1e-5)
    assert found.shape[1] == sum(len(chain.outputs) for chain in fitted)


@pytest.mark.parametrize("kept", ["numeric", "text"])
def test_a_model_may_have_one_kind_of_input_only(kept: str) -> None:
    given = rows()
    count = len(given)
    if kept == "numeric":
        layout = Layout(numeric=LAYOUT.numeric, text=())
        given = Inputs(numeric=given.numeric, text=np.empty((count, 0), dtype=object))
        made, _ = graph([], layout, given)
        np.testing.assert_array_equal(run(made, count, given.feed), given.numeric)
    else:
        layout = Layout(numeric=(), text=LAYOUT.text)
        given = Inputs(numeric=np.empty((count, 0), dtype=np.float32), text=given.text)
        made, fitted = graph([preprocess("one_hot", ["t.a", "t.b"])], layout, given)
        np.testing.assert_array_equal(run(made, count, given.feed), expected(fitted, given))


def test_an_unknown_category_is_all_zeros_and_missing_is_a_category_of_its_own() -> None:
    train = words("EWR", "", "JFK")
    made, fitted = graph([preprocess("one_hot", ["t.a"])], Layout(numeric=(), text=("t.a",)), train)
    fresh = words("LGA", "", "JFK")
    assert fitted[0].outputs == ("t.a_", "t.a_EWR", "t.a_JFK")
    assert run(made, 3, fresh.feed).tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 1]]


def test_a_missing_text_that_training_never_had_is_all_zeros() -> None:
    train = words("EWR", "JFK")
    made, _ = graph([preprocess("one_hot", ["t.a"])], Layout(numeric=(), text=("t.a",)), train)
    fresh = words("")
    assert run(made, 1, fresh.feed).tolist() == [[0, 0]]


def test_the_same_rows_give_the_same_bytes() -> None:
    steps = [preprocess("impute", ["n.a"], strategy="mean"), preprocess("one_hot", ["t.a", "t.b"])]
    assert graph(steps, LAYOUT, rows())[0] == graph(steps, LAYOUT, rows())[0]
