from __future__ import annotations

import numpy as np
import pytest

from mlcycle.kinds.preprocess.chain import chains, fit
from mlcycle.kinds.preprocess.inputs import Inputs, Layout
from mlcycle.task import WorkError
from tests.support.datasets import preprocess

pytestmark = pytest.mark.slow

LAYOUT = Layout(numeric=("a.x", "a.y", "a.z"), text=("a.s", "a.t"))
ROWS = Inputs(
    numeric=np.array([[1, np.nan, 5], [3, 4, 5], [np.nan, 8, 6]], dtype=np.float32),
    text=np.array([["u", ""], ["v", "p"], ["u", "p"]], dtype=object),
)


def test_features_with_the_same_steps_share_a_chain() -> None:
    found = chains(
        LAYOUT,
        [
            preprocess("impute", ["a.x", "a.y", "a.z"], strategy="median"),
            preprocess("standardize", ["a.y"]),
            preprocess("one_hot", ["a.s", "a.t"]),
        ],
    )
    assert [(c.names, [s.kind for s in c.steps]) for c in found] == [
        (("a.x", "a.z"), ["impute"]),
        (("a.y",), ["impute", "standardize"]),
        (("a.s", "a.t"), ["one_hot"]),
    ]


def test_each_step_is_fitted_on_what_the_one_before_gives() -> None:
    steps = [preprocess("impute", ["a.y"], strategy="mean"), preprocess("standardize", ["a.y"])]
    (chain,) = [c for c in chains(LAYOUT, steps) if c.names == ("a.y",)]
    imputer, scaler = (step.transformer for step in fit(chain, ROWS).steps)
    assert imputer.statistics_.tolist() == [6.0]
    assert scaler.offset.tolist() == [6.0]  # of 6, 4, 8: the missing value counts as filled
    assert scaler.scaler.n_samples_seen_ == 3


def test_columns_after_encoding_are_named() -> None:
    (chain,) = [c for c in chains(LAYOUT, [preprocess("one_hot", ["a.t"])]) if c.names == ("a.t",)]
    assert fit(chain, ROWS).outputs == ("a.t_", "a.t_p")


def test_text_that_no_step_encodes_is_an_error() -> None:
    (chain,) = [c for c in chains(LAYOUT, []) if c.input == "text"]
    with pytest.raises(WorkError, match=r"`a\.s` is text and no preprocessing step") as error:
        fit(chain, ROWS)
    assert error.value.code == "MLC855"


def test_a_step_names_its_line_when_it_cannot_be_fitted() -> None:
    steps = [preprocess("impute", ["a.s"], strategy="median")]
    (chain,) = [c for c in chains(LAYOUT, steps) if "a.s" in c.names]
    with pytest.raises(WorkError, match=r"`impute` cannot be fitted on `a\.s`: text has no median") as error:
        fit(chain, ROWS)
    assert (error.value.code, error.value.step) == ("MLC854", "preprocess.impute")


def test_a_step_on_an_unknown_feature_is_an_error() -> None:
    with pytest.raises(WorkError, match=r"`a\.q` is not a feature of this model"):
        chains(LAYOUT, [preprocess("standardize", ["a.q"])])
