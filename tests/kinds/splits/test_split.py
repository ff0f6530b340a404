from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest

from mlcycle.graph.node import Step
from mlcycle.kinds.splits.split import split
from mlcycle.ports import Ports
from mlcycle.task import Outcome, WorkError
from tests.support.datasets import dataset_input, features, flights_dataset, make_task

TIME = "mlcycle.kinds.splits.time.work:assign"
CHECKS = ("single_feature", "repeated_rows", "shuffled")


def run(
    folder: Path, frame: pl.DataFrame, work: str = TIME, *, checks: bool = False, **config: Any
) -> Outcome:
    step = Step(name="split", kind="time", work=work, config=config)
    given = dataset_input(folder / "dataset", frame)
    task = make_task(
        folder / "split",
        "split",
        config={"task": "binary_classification", "features": features(), "timestamp": "scheduled_departure"},
        checks=CHECKS if checks else (),
        inputs={"dataset": given},
        ports=cast(Ports, None),
        steps=(step,),
    )
    return split(task)


def test_every_row_has_a_side_and_unlabelled_rows_are_counted(tmp_path: Path, example_data: Path) -> None:
    frame = flights_dataset(example_data, rows=1_000)
    outcome = run(tmp_path, frame, train=0.7, validation=0.1, test=0.2, gap_seconds=93_600)
    written = pl.read_parquet(tmp_path / "split" / "split.parquet")
    assert written["row_id"].to_list() == list(range(frame.height))
    counts = dict(written["side"].value_counts().iter_rows())
    assert counts["unlabelled"] == frame["label"].null_count() == outcome.figures["unlabelled"]
    assert {side: outcome.figures[side]["rows"] for side in ("train", "test")} == {
        side: counts[side] for side in ("train", "test")
    }
    assert counts["gap"] == outcome.figures["gap"] > 0


def test_the_share_of_true_is_of_the_side(tmp_path: Path, example_data: Path) -> None:
    frame = flights_dataset(example_data, rows=1_000)
    outcome = run(tmp_path, frame, train=0.5, validation=0.0, test=0.5)
    sides = pl.read_parquet(tmp_path / "split" / "split.parquet")
    test = frame.join(sides.filter(pl.col("side") == "test"), on="row_id", how="semi")
    assert outcome.figures["test"]["label"] == test["label"].mean()
    assert outcome.figures["validation"] == {"rows": 0, "from": None, "to": None, "label": None}


def test_a_side_that_the_gap_eats_up_is_an_error(tmp_path: Path, example_data: Path) -> None:
    frame = flights_dataset(example_data, rows=1_000)
    with pytest.raises(WorkError, match="the validation side of the split has no rows") as error:
        run(tmp_path, frame, train=0.7, validation=0.01, test=0.29, gap_seconds=20 * 86_400)
    assert (error.value.code, error.value.step) == ("MLC858", "split")


def test_a_dataset_without_labels_is_an_error(tmp_path: Path, example_data: Path) -> None:
    frame = flights_dataset(example_data, rows=100).with_columns(label=pl.lit(None, pl.Float64))
    with pytest.raises(WorkError, match="no row of the dataset has a label"):
        run(tmp_path, frame, train=0.7, validation=0.1, test=0.2)


def test_drift_and_signs_of_leakage_are_reported(tmp_path: Path, example_data: Path) -> None:
    frame = flights_dataset(example_data, rows=2_000)
    outcome = run(tmp_path, frame, train=0.7, validation=0.1, test=0.2)
    assert outcome.checks == ()
    found = run(tmp_path / "checked", frame, checks=True, train=0.7, validation=0.1, test=0.2)
    assert {check.name: check.verdict for check in found.checks} == {
        "single_feature": "pass",
        "repeated_rows": "pass",
        "shuffled": "pass",
    }
    drift = found.figures["drift"]
    assert drift["weather_at_origin.temperature"] == max(drift.values()) > 0.5
    assert [table.title for table in found.tables] == ["Sides", "Drift between train and test"]


def test_rows_that_no_side_lists_are_counted(tmp_path: Path, example_data: Path) -> None:
    frame = flights_dataset(example_data, rows=1_000)
    work = "mlcycle.kinds.splits.column.work:assign"
    config = {"column": "origin", "train": ["EWR"], "validation": [], "test": ["JFK"]}
    outcome = run(tmp_path, frame, work=work, **config)
    labelled = frame.filter(pl.col("label").is_not_null())
    assert outcome.figures["unused"] == labelled.filter(pl.col("by.origin") == "LGA").height > 100


def test_a_dataset_that_is_older_than_the_split(tmp_path: Path, example_data: Path) -> None:
    frame = flights_dataset(example_data, rows=1_000)
    config = {"by": ["tail_number"], "train": 0.7, "test": 0.3, "seed": 0}
    with pytest.raises(WorkError, match=r"by\.tail_number") as caught:
        run(tmp_path, frame, work="mlcycle.kinds.splits.group.work:assign", **config)
    assert (caught.value.code, caught.value.step) == ("MLC879", "split")
