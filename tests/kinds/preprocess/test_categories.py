"""Encoders of categories: the graph against scikit-learn, and what becomes of missing and unknown texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction import FeatureHasher
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import OrdinalEncoder, TargetEncoder

from mlcycle.kinds.preprocess.fitted import Target
from mlcycle.task import WorkError
from tests.kinds.preprocess.fitting import made, texts
from tests.support.datasets import preprocess

pytestmark = pytest.mark.slow

TRAIN = texts([*["EWR"] * 5, *["JFK"] * 2, "LGA", "", "é"], [*["x", "y"] * 5])
FRESH = texts(["EWR", "LGA", "", "unheard of", "é"], ["y", "x", "", "z", "x"])
TARGETS = {
    "binary_classification": np.array([0, 1] * 5, dtype=np.float64),
    "multiclass_classification": np.array([0, 1, 2, 1, 0] * 2, dtype=np.float64),
    "regression": np.linspace(-3, 8, 10) ** 2,
}


def test_a_category_is_its_place_in_the_alphabet_and_others_are_missing() -> None:
    graph = made([preprocess("ordinal", ["t0", "t1"])], TRAIN)
    alone = OrdinalEncoder(categories=[["EWR", "JFK", "LGA", "é"], ["x", "y"]])
    assert graph(TRAIN)[0].tolist() == alone.fit(TRAIN.text[:1]).transform(TRAIN.text[:1])[0].tolist()
    np.testing.assert_array_equal(graph(FRESH), [[0, 1], [2, 0], [np.nan, np.nan], [np.nan, np.nan], [3, 0]])
    assert graph.outputs == ("t0", "t1")
    graph.agrees(FRESH)


def test_an_order_may_be_given_with_a_number_for_what_is_not_in_it() -> None:
    steps = [preprocess("ordinal", ["t0"], categories=["low", "high"], unknown_value=-1)]
    graph = made(steps, texts(["high", "odd", "low"]))
    assert graph(texts(["low", "high", "odd", ""])).tolist() == [[0], [1], [-1], [-1]]
    graph.agrees(texts(["low", "high", "odd", ""]))


def test_a_category_is_its_share_of_the_training_rows_and_others_are_none() -> None:
    graph = made([preprocess("frequency", ["t0"])], texts(TRAIN.text[:, 0].tolist()))
    found = graph(texts(["EWR", "LGA", "", "unheard of"]))
    np.testing.assert_allclose(found, [[0.5], [0.1], [0.1], [0.0]], rtol=1e-6)
    graph.agrees(texts(["EWR", "LGA", "", "unheard of"]))


@pytest.mark.parametrize("smooth", ["auto", 3.0])
@pytest.mark.parametrize("task", TARGETS)
def test_the_mean_label_of_a_category_is_that_of_scikit_learn(task: str, smooth: Any) -> None:
    y = TARGETS[task]
    steps = [preprocess("target_encode", ["t0", "t1"], smooth=smooth, cv=2)]
    graph = made(steps, TRAIN, Target(task=task, y=y))
    kind = {"b": "binary", "m": "multiclass", "r": "continuous"}[task[0]]
    labels = y if task == "regression" else y.astype(int)
    folds = (KFold if task == "regression" else StratifiedKFold)(2, shuffle=True, random_state=0)
    alone = TargetEncoder(target_type=kind, smooth=smooth, cv=folds)
    crossed = alone.fit_transform(TRAIN.text, labels)
    np.testing.assert_allclose(graph(FRESH), alone.transform(FRESH.text), rtol=1e-6)
    graph.agrees(FRESH)
    (chain,) = graph.fitted
    assert chain.train is not None
    np.testing.assert_allclose(chain.train, crossed, rtol=1e-6)
    assert not np.allclose(crossed, alone.transform(TRAIN.text))


def test_an_unknown_category_is_the_mean_of_all_and_missing_is_one_of_its_own() -> None:
    y = np.array([1.0, 1.0, 0.0, 0.0, 5.0, 5.0])
    steps = [preprocess("target_encode", ["t0"], smooth=0.0, cv=2)]
    graph = made(steps, texts(["a", "a", "b", "b", "", ""]), Target(task="regression", y=y))
    assert graph(texts(["a", "b", "", "c"])).tolist() == [[1], [0], [5], [2]]


def test_steps_after_one_that_learns_from_labels_see_what_training_rows_become() -> None:
    y = TARGETS["regression"]
    steps = [preprocess("target_encode", ["t0"], smooth=1.0, cv=2), preprocess("standardize", ["t0"])]
    (chain,) = made(steps, texts(TRAIN.text[:, 0].tolist()), Target(task="regression", y=y)).fitted
    assert chain.train is not None
    np.testing.assert_allclose([chain.train.mean(), chain.train.std()], [0, 1], atol=1e-6)


def test_more_folds_than_rows_are_an_error() -> None:
    steps = [preprocess("target_encode", ["t0"], smooth="auto", cv=5)]
    with pytest.raises(WorkError, match=r"`target_encode` cannot be fitted on `t0`") as error:
        made(steps, texts(["a", "b"]), Target(task="regression", y=np.array([1.0, 2.5])))
    assert error.value.code == "MLC854"


def test_rare_and_unknown_categories_share_a_column() -> None:
    graph = made([preprocess("one_hot", ["t0", "t1"], min_frequency=2)], TRAIN)
    assert graph.outputs == ("t0_EWR", "t0_JFK", "t0_infrequent", "t1_x", "t1_y")
    assert graph(FRESH).tolist() == [
        [1, 0, 0, 0, 1],
        [0, 0, 1, 1, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 1, 1, 0],
    ]
    graph.agrees(FRESH)


def test_a_category_of_that_name_is_not_the_shared_column() -> None:
    column = ["infrequent_sklearn"] * 3 + ["a"] * 2 + ["b"]
    assert made([preprocess("one_hot", ["t0"])], texts(column)).outputs == (
        "t0_a",
        "t0_b",
        "t0_infrequent_sklearn",
    )


def test_nothing_but_rare_categories_is_an_error() -> None:
    with pytest.raises(WorkError, match=r"no category reaches min_frequency 2"):
        made([preprocess("one_hot", ["t0"], min_frequency=2)], texts(["a", "b"]))


def test_a_column_without_any_value_has_no_order() -> None:
    with pytest.raises(WorkError, match=r"a column has no value in the training rows"):
        made([preprocess("ordinal", ["t0"])], texts(["", ""]))


@pytest.mark.parametrize("signed", [True, False])
def test_a_text_has_the_column_that_its_hash_chooses(signed: bool) -> None:
    graph = made([preprocess("hashing", ["t0", "t1"], n_features=8, alternate_sign=signed)], TRAIN)
    alone = FeatureHasher(8, input_type="string", alternate_sign=signed)
    many = [*map(str, range(200)), "é", "日本語", "never seen"]
    found = graph(texts(many, many))
    expected = alone.transform([text] for text in many).toarray()
    np.testing.assert_array_equal(found, np.hstack([expected, expected]))
    assert (found.min() < 0) == signed
    assert graph(texts([""], ["x"]))[0, :8].tolist() == [0] * 8
    assert graph.outputs[:2] == ("t0_hash0", "t0_hash1")
    graph.agrees(FRESH)


def test_categories_that_occur_with_the_same_ones_are_alike() -> None:
    airports, airlines = ["JFK", "LGA", "HNL", "OGG"] * 6, ["UA", "UA", "HA", "HA"] * 6
    planes = ["A320", "B737", "B717", "B717"] * 6
    steps = [preprocess("category_embedding", ["t0", "t1", "t2"], n_components=2)]
    graph = made(steps, texts(airports, airlines, planes))
    graph.agrees(texts(airports, airlines, planes))
    jfk, lga, hnl, ogg = graph(texts(["JFK", "LGA", "HNL", "OGG"], [""] * 4, [""] * 4))[:, :2]
    np.testing.assert_allclose(hnl, ogg, atol=1e-6)
    assert np.linalg.norm(jfk - lga) < np.linalg.norm(jfk - hnl)
    assert graph.outputs[:3] == ("t0_embedding0", "t0_embedding1", "t1_embedding0")


def test_a_category_that_training_never_had_has_no_vector() -> None:
    steps = [preprocess("category_embedding", ["t0", "t1"], n_components=1)]
    with_missing = made(steps, texts(["a", "", "b", "a"], ["x", "y", "x", "y"]))
    found = with_missing(texts(["a", "", "unheard of"], ["x", "", "unheard of"]))
    assert (found[:, 0] != 0).tolist() == [True, True, False]
    assert (found[:, 1] != 0).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [(["t0"], "no other column"), (["t0", "t1"], "3 components cannot be made of 2 categories")],
    ids=["alone", "too few"],
)
def test_what_no_vector_can_be_learned_from(columns: list[str], reason: str) -> None:
    steps = [preprocess("category_embedding", columns, n_components=3)]
    with pytest.raises(WorkError, match=reason) as error:
        made(steps, texts(*[["a", "b", "c"], ["x", "y", "x"]][: len(columns)]))
    assert error.value.code == "MLC854"


@pytest.mark.parametrize(
    ("config", "codes"),
    [
        ({"unknown": "missing"}, [0, 2, None, None, 3]),
        ({"unknown": "other"}, [0, 2, None, 4, 3]),
        ({"unknown": "missing", "min_frequency": 2}, [0, None, None, None, None]),
        ({"unknown": "other", "min_frequency": 2}, [0, 2, None, 2, 2]),
    ],
)
def test_a_category_is_a_code_and_missing_stays_missing(
    config: dict[str, Any], codes: list[float | None]
) -> None:
    graph = made([preprocess("categorical", ["t0", "t1"], **config)], TRAIN)
    assert [None if code != code else code for code in graph(FRESH)[:, 0].tolist()] == codes
    assert (graph.outputs, graph.fitted[0].categorical) == (("t0", "t1"), True)
    graph.agrees(FRESH)
    assert not made([preprocess("ordinal", ["t0", "t1"])], TRAIN).fitted[0].categorical


def test_a_column_without_a_category_that_is_frequent_enough() -> None:
    with pytest.raises(WorkError, match="no value in 2 training rows or more") as error:
        made([preprocess("categorical", ["t0"], unknown="other", min_frequency=2)], texts(["a", "b", "", ""]))
    assert error.value.code == "MLC854"
