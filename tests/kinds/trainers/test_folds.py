"""Cross-validation fits everything anew in each fold, and its scores go all the way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mlcycle.kinds.preprocess.chain import as_words
from mlcycle.kinds.preprocess.inputs import layout
from mlcycle.kinds.splits.k_fold.work import assign
from mlcycle.kinds.trainers.fitting import Recipe
from mlcycle.kinds.trainers.folds import cross_validate, tracked
from mlcycle.task import Input, Outcome, WorkError
from tests.support.datasets import flights_dataset, preprocess, training_steps
from tests.support.lifecycle import Lifecycle, Trained, gate

pytestmark = pytest.mark.slow

CONFIG: dict[str, Any] = {"folds": 3, "validation": 0.1, "test": 0.2, "stratified": True, "seed": 0}
SMALL = {"rounds": 10, "early_stopping_rounds": 5}


def noise(rows: int) -> pl.DataFrame:
    """A category that hardly ever comes twice and says nothing of the label."""
    source = np.random.default_rng(4)
    return pl.DataFrame(
        {
            "row_id": np.arange(rows),
            "event_timestamp": [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=i) for i in range(rows)],
            "key.id": np.arange(rows),
            "v.name": [f"name-{i}" for i in source.integers(0, rows // 2, rows)],
            "label": source.integers(0, 2, rows).astype(np.float64),
        }
    )


def recipe(*steps: Any) -> Recipe:
    columns = layout([{"name": "v.name", "dtype": "string"}])
    return Recipe(
        task="binary_classification", classes=2, columns=columns, steps=steps, words=as_words(steps[:-1])
    )


def crossed(frame: pl.DataFrame, seen: list[tuple[str, float | None]] | None = None) -> dict[str, Any]:
    encode = preprocess("target_encode", ["v.name"], smooth=1.0, cv=5)
    split = frame.select("row_id").hstack(assign(frame, CONFIG))
    told = [] if seen is None else seen
    found = cross_validate(
        recipe(encode, training_steps(**SMALL)[-1]),
        frame,
        split,
        lambda message, share: told.append((message, share)),
    )
    assert found is not None
    return found


def test_an_encoder_learns_from_the_fold_alone() -> None:
    """Fitted on all rows, the encoder would put each row's own label into its feature: an area of 0.9."""
    seen: list[tuple[str, float | None]] = []
    found = crossed(noise(900), seen)
    assert found["metrics"]["roc_auc"]["mean"] == pytest.approx(0.5, abs=0.06)
    assert found["rows"] == [{"train": 420, "validation": 60, "held_out": 240}] * 3
    assert [share for _, share in seen] == sorted(share or 0.0 for _, share in seen)
    assert {message.split(":")[0] for message, _ in seen} == {f"fold {i} of 3" for i in (1, 2, 3)}


def test_a_fold_without_a_class_says_which() -> None:
    frame = noise(60).with_columns(label=pl.Series([1.0] + [0.0] * 59))
    with pytest.raises(
        WorkError, match=r"class 1 of 2 is not among the \d+ (train|validation) \(fold 1\) rows"
    ):
        crossed(frame)


def test_a_step_that_cannot_be_fitted_in_a_fold_says_which() -> None:
    frame = noise(60).with_columns(pl.lit("").alias("v.name"))
    split = frame.select("row_id").hstack(assign(frame, CONFIG))
    with pytest.raises(WorkError, match="in fold 1: `ordinal` cannot be fitted") as caught:
        cross_validate(
            recipe(preprocess("ordinal", ["v.name"]), training_steps()[-1]), frame, split, lambda *_: None
        )
    assert (caught.value.code, caught.value.step) == ("MLC854", "preprocess.ordinal")


def test_a_metric_that_one_fold_lacks_has_no_mean() -> None:
    folds = {"metrics": {"f1": {"mean": None, "std": None, "folds": [0.5, None]}}}
    assert tracked(folds) == {"fold.1.f1": 0.5}
    assert tracked(None) == {}


@pytest.fixture(scope="module")
def judged(
    flights: Trained, example_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lifecycle, dict[str, Input], Outcome]:
    """2,000 flights, dealt into three folds and judged by them."""
    folder = tmp_path_factory.mktemp("folds")
    run = Lifecycle.over(
        folder, flights.run.ports, flights_dataset(example_data, rows=2_000), flights.run.task
    )
    divided = run.split("k_fold", **CONFIG)
    training = run.train(divided, **SMALL)
    package = run.package(divided, training)
    gates = (gate(0, "metric", metric="roc_auc", min=0.5, on="folds"),)
    outcome, evaluation = run.evaluate(divided, package, gates=gates, training=training)
    inputs = {"split": divided, "training": training, "package": package, "evaluation": evaluation}
    return run, inputs, outcome


def test_the_folds_are_reported_and_tracked(
    judged: tuple[Lifecycle, dict[str, Input], Outcome], flights: Trained
) -> None:
    from mlflow.tracking import MlflowClient

    run, inputs, outcome = judged
    report = json.loads((inputs["training"].path / "training.json").read_text())
    found = report["folds"]["metrics"]["roc_auc"]
    assert np.mean(found["folds"]) == pytest.approx(found["mean"])
    assert np.std(found["folds"], ddof=1) == pytest.approx(found["std"])
    assert inputs["training"].figures["folds"] == report["folds"]
    check = outcome.checks[0]
    assert (check.verdict, check.figure) == ("pass", pytest.approx(found["mean"]))
    assert check.low is not None
    assert check.low < found["mean"] - found["std"]
    assert "folds.png" in outcome.plots
    logged = (
        MlflowClient(f"sqlite:///{flights.run.folder / 'mlflow.db'}")
        .get_run(inputs["training"].record["run_id"])
        .data
    )
    assert logged.metrics["folds.roc_auc.mean"] == pytest.approx(found["mean"])
    assert logged.metrics["fold.3.roc_auc"] == pytest.approx(found["folds"][2])
    registered, registration = run.register(inputs["package"], inputs["evaluation"], inputs["training"])
    assert registered is not None
    card = run.card({**inputs, "registration": registration}, {})
    assert "## Cross-validation" in card
    assert f"{found['mean']:.4g} | {found['std']:.4g} |" in card


def test_a_second_run_gives_the_same_bytes(judged: tuple[Lifecycle, dict[str, Input], Outcome]) -> None:
    run, inputs, _ = judged
    again = run.train(inputs["split"], "training-again", **SMALL, threads=2)
    for name in ("training.json", "model.ubj", "preprocess.onnx"):
        assert (again.path / name).read_bytes() == (inputs["training"].path / name).read_bytes()
