"""Trees that split by sets of categories: the graph says of every code what XGBoost says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from mlcycle.kinds.packages.parity import parity
from mlcycle.kinds.packages.session import run
from mlcycle.kinds.trainers.contract import Job, Rows
from mlcycle.kinds.trainers.xgboost.categories import numbered
from mlcycle.kinds.trainers.xgboost.work import fit
from mlcycle.task import WorkError

pytestmark = pytest.mark.slow


def rows(count: int, categories: int, task: str, seed: int) -> Rows:
    """A code that is missing in every tenth row, a number, and what follows from both with noise."""
    source = np.random.default_rng(seed)
    effects = np.random.default_rng(0).normal(size=categories)
    code, number = source.integers(0, categories, count), source.normal(size=count)
    found = effects[code] + number / 2 + source.normal(size=count)
    x = np.stack([number, np.where(source.random(count) < 0.1, np.nan, code)], axis=1)
    cut = {"binary_classification": [0.0], "multiclass_classification": [-0.5, 0.5]}.get(task)
    return Rows(
        x=x.astype(np.float32), y=found if cut is None else np.digitize(found, cut).astype(np.float64)
    )


def job(task: str, categories: int) -> Job:
    classes = {"binary_classification": 2, "multiclass_classification": 3}.get(task, 0)
    train, validation = rows(2_000, categories, task, 1), rows(500, categories + 1, task, 2)
    return Job(
        task=task,
        classes=classes,
        names=("number", "category"),
        train=train,
        validation=validation,
        categorical=(1,),
    )


@pytest.mark.parametrize(
    ("task", "categories", "params"),
    [
        ("binary_classification", 120, {}),
        ("binary_classification", 3, {"max_cat_to_onehot": 8}),
        ("binary_classification", 30, {"tree_method": "approx"}),
        ("multiclass_classification", 20, {}),
        ("regression", 40, {}),
    ],
    ids=["many", "one against the rest", "approx", "classes", "numbers"],
)
def test_the_graph_is_xgboosts_own_answer(task: str, categories: int, params: dict[str, Any]) -> None:
    given = job(task, categories)
    config = {"seed": 1, "rounds": 5, "early_stopping_rounds": 5, "params": {"max_depth": 4, **params}}
    model = fit(given, config)
    asked = rows(10_000, categories, task, 3).x
    asked[:200, 1] = np.tile([categories, categories + 70, categories * 2, 5_000], 50)
    booster = xgb.Booster()
    assert model.ubj is not None
    booster.load_model(bytearray(model.ubj))
    assert len(numbered(booster).sets) > 10
    native = booster.inplace_predict(asked).astype(np.float64)
    graph = run(model.graph, len(asked), lambda start, stop: {"x": asked[start:stop]}).astype(np.float64)
    found = parity("parity", graph, native, "scores")
    assert (found.verdict, found.rows) == ("pass", 10_000), found.message
    assert set(model.importance) == {"number", "category"}
    if params:
        assert fit(given, {**config, "threads": 2}).ubj == model.ubj


def test_codes_are_not_taken_for_numbers() -> None:
    """With codes in any order, sets of them part what is above and below an effect in one split."""
    given, config = job("binary_classification", 120), {"seed": 1, "rounds": 1, "params": {"max_depth": 1}}
    model = fit(given, config)
    booster = xgb.Booster()
    assert model.ubj is not None
    booster.load_model(bytearray(model.ubj))
    (codes,) = numbered(booster).sets
    assert len(codes) > 10
    assert max(codes) - min(codes) > len(codes)


def test_a_method_without_categories_is_refused() -> None:
    config = {"seed": 1, "rounds": 1, "params": {"tree_method": "exact"}}
    with pytest.raises(WorkError) as caught:
        fit(job("binary_classification", 5), config)
    assert (caught.value.code, caught.value.step) == ("MLC857", "trainer")
