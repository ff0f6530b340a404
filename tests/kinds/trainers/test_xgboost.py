from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from numpy.typing import NDArray

from mlcycle.kinds.packages.session import run
from mlcycle.kinds.trainers.contract import Fitted, Job, Rows
from mlcycle.kinds.trainers.xgboost.work import fit
from mlcycle.task import WorkError

pytestmark = pytest.mark.slow

CONFIG: dict[str, Any] = {
    "seed": 7,
    "rounds": 40,
    "early_stopping_rounds": 5,
    "threads": 1,
    "params": {"max_depth": 3},
}
TASKS = {"binary_classification": 2, "multiclass_classification": 3, "regression": 0}


def rows(task: str, count: int, seed: int) -> Rows:
    source = np.random.default_rng(seed)
    x = source.normal(size=(count, 4)).astype(np.float32)
    x[source.random(x.shape) < 0.1] = np.nan
    signal = np.nan_to_num(x[:, 0]) + 0.5 * source.normal(size=count)
    labels = {
        "binary_classification": signal > 0.3,
        "multiclass_classification": np.digitize(signal, [-0.5, 0.5]),
        "regression": 1000 + 50 * signal,
    }
    return Rows(x=x, y=labels[task].astype(np.float64))


def job(task: str = "binary_classification", validation: bool = True, **changed: Any) -> Job:
    return Job(
        task=task,
        classes=TASKS[task],
        names=("a", "b", "c", "d"),
        train=rows(task, 600, 0),
        validation=rows(task, 200, 1) if validation else None,
        **changed,
    )


def graph_scores(fitted: Fitted, x: NDArray[np.float32]) -> NDArray[np.float32]:
    return run(fitted.graph, len(x), lambda start, stop: {"x": x[start:stop]})


@pytest.mark.parametrize("task", list(TASKS))
def test_the_graph_and_the_booster_give_the_same_scores(task: str) -> None:
    fitted = fit(job(task), CONFIG)
    x = rows(task, 500, 2).x
    assert fitted.ubj is not None
    booster = xgb.Booster()
    booster.load_model(bytearray(fitted.ubj))
    native = booster.inplace_predict(x)
    found = graph_scores(fitted, x)
    assert found.shape == ((500, 3) if task == "multiclass_classification" else (500,))
    np.testing.assert_allclose(found, native, rtol=1e-5, atol=1e-6)
    assert found.std() > 0.01


@pytest.mark.parametrize("categorical", [(), (1,)])
def test_two_classes_by_name_are_no_true_and_false(categorical: tuple[int, ...]) -> None:
    """onnxruntime takes any ensemble of two classes for a binary one."""
    task = "multiclass_classification"
    source = np.random.default_rng(3)
    x = np.stack([source.normal(size=800), source.integers(0, 6, 800)], axis=1).astype(np.float32)
    y = (x[:, 0] + (x[:, 1] > 3) + source.normal(size=800) > 0.5).astype(np.float64)
    train, validation = Rows(x=x[:600], y=y[:600]), Rows(x=x[600:], y=y[600:])
    given = Job(
        task=task, classes=2, names=("a", "b"), train=train, validation=validation, categorical=categorical
    )
    fitted = fit(given, CONFIG)
    booster = xgb.Booster()
    assert fitted.ubj is not None
    booster.load_model(bytearray(fitted.ubj))
    found = graph_scores(fitted, x)
    assert found.shape == (800, 2)
    np.testing.assert_allclose(found, booster.inplace_predict(x), rtol=1e-5, atol=1e-6)
    assert found.std() > 0.1


@pytest.mark.parametrize("task", list(TASKS))
def test_both_formats_hold_the_best_round_and_nothing_after_it(task: str) -> None:
    fitted = fit(job(task), CONFIG)
    losses = next(values for name, values in fitted.history.items() if name.startswith("validation."))
    assert fitted.best_round == int(np.argmin(losses)) + 1 < len(losses)
    assert fitted.ubj is not None
    booster = xgb.Booster()
    booster.load_model(bytearray(fitted.ubj))
    assert booster.num_boosted_rounds() == fitted.best_round


def test_repeats_and_threads_give_the_same_bytes() -> None:
    first = fit(job(), CONFIG)
    again = fit(job(), CONFIG)
    parallel = fit(job(), {**CONFIG, "threads": 2})
    assert first.ubj == again.ubj == parallel.ubj
    assert first.graph == again.graph == parallel.graph
    assert first.params == parallel.params


def test_a_row_of_weight_0_is_as_if_it_were_not_there() -> None:
    given = job()
    kept = np.arange(len(given.train)) % 3 > 0
    weighted = replace(given, train=replace(given.train, weights=kept.astype(np.float64)))
    without = replace(given, train=Rows(x=given.train.x[kept], y=given.train.y[kept]))
    config = {**CONFIG, "rounds": 3, "params": {"max_depth": 2, "tree_method": "exact"}}
    del config["early_stopping_rounds"]
    found, expected = (graph_scores(fit(each, config), given.train.x[kept]) for each in (weighted, without))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert not np.allclose(found, graph_scores(fit(given, config), given.train.x[kept]), atol=1e-4)


def test_the_seed_counts() -> None:
    config = {**CONFIG, "params": {"subsample": 0.5}}
    assert fit(job(), config).ubj != fit(job(), {**config, "seed": 8}).ubj


def test_without_validation_all_rounds_are_trained() -> None:
    config = {key: value for key, value in CONFIG.items() if key != "early_stopping_rounds"}
    assert fit(job(validation=False), {**config, "rounds": 9}).best_round == 9


def test_early_stopping_without_validation_rows_is_an_error() -> None:
    with pytest.raises(WorkError, match="needs validation rows") as error:
        fit(job(validation=False), CONFIG)
    assert (error.value.code, error.value.step) == ("MLC856", "trainer")


@pytest.mark.parametrize(
    "params",
    [
        {"tree_method": "exact"},
        {"tree_method": "approx"},
        {"max_bin": 16},
        {"grow_policy": "lossguide", "max_leaves": 7, "max_depth": 0},
        {"num_parallel_tree": 2, "subsample": 0.8},
        {"scale_pos_weight": 3},
        {"base_score": 0.2},
    ],
    ids=lambda params: next(iter(params)),
)
def test_parameters_of_xgboosts_own_reach_both_formats(params: dict[str, Any]) -> None:
    fitted = fit(job(), {**CONFIG, "params": params})
    assert params.items() <= fitted.params.items()
    assert fitted.ubj is not None
    booster = xgb.Booster()
    booster.load_model(bytearray(fitted.ubj))
    x = rows("binary_classification", 300, 3).x
    np.testing.assert_allclose(graph_scores(fitted, x), booster.inplace_predict(x), atol=1e-5)


@pytest.mark.parametrize("booster", ["dart", "gblinear"])
def test_a_booster_that_no_service_could_run_is_refused(booster: str) -> None:
    with pytest.raises(WorkError, match=f"a `{booster}` booster has no ONNX form") as error:
        fit(job(), {**CONFIG, "params": {"booster": booster}})
    assert (error.value.code, error.value.step) == ("MLC863", "trainer")


def test_what_xgboost_refuses_is_told_in_one_line() -> None:
    with pytest.raises(WorkError, match=r"XGBoost refuses to train: .*max_depth") as error:
        fit(job(), {**CONFIG, "params": {"max_depth": -4}})
    assert (error.value.code, error.value.step) == ("MLC857", "trainer")


def test_importance_names_the_column_that_matters_and_sums_to_one() -> None:
    importance = fit(job(), CONFIG).importance
    assert next(iter(importance)) == "a"
    assert sum(importance.values()) == pytest.approx(1)


def test_progress_is_told() -> None:
    told: list[tuple[str, float | None]] = []
    fit(
        job(progress=lambda message, share: told.append((message, share))),
        {**CONFIG, "early_stopping_rounds": 40},
    )
    assert [share for _, share in told] == [0.25, 0.5, 0.75, 1.0]
    assert told[0][0].startswith("round 10, validation logloss 0.")
