from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mlcycle.graph.node import Node
from mlcycle.kinds.packages.frames import columns
from mlcycle.kinds.services.batch import FILE, score
from mlcycle.ports import Ports
from mlcycle.steps.columns import time_column
from mlcycle.steps.package import load
from mlcycle.task import Input, Outcome, Task
from tests.support.packages import make_package, rows

START = datetime(2013, 11, 1, tzinfo=UTC)


def dataset() -> pl.DataFrame:
    """40 rows an hour apart, the last five without a label."""
    asked = rows(40)
    weather = [row["lookups"]["weather_at_origin"] for row in asked]
    return pl.DataFrame(
        {
            "row_id": range(40),
            "event_timestamp": [START + timedelta(hours=index) for index in range(40)],
            "key.flight": [f"f{index}" for index in range(40)],
            "request.carrier": [row["carrier"] for row in asked],
            "request.distance": [row["distance"] for row in asked],
            "request.origin": [row["origin"] for row in asked],
            "request.scheduled_departure": time_column([row["scheduled_departure"] for row in asked]),
            "weather_at_origin.temperature": [one["temperature"] for one in weather],
            "weather_at_origin.wind_speed": [one["wind_speed"] for one in weather],
            "label": [1.0] * 35 + [None] * 5,
        },
        strict=False,
    ).with_columns(pl.col("event_timestamp").dt.cast_time_unit("us"))


def run(
    tmp_path: Path, sides: list[str], task: str = "binary_classification"
) -> tuple[Outcome, pl.DataFrame]:
    digest = make_package(tmp_path / "package" / "package", task)
    dataset().write_parquet(tmp_path / "dataset.parquet")
    pl.DataFrame({"row_id": range(40), "side": sides}).write_parquet(tmp_path / "split.parquet")
    out = tmp_path / "out"
    out.mkdir()
    nothing: Any = None
    outcome = score(
        Task(
            node=Node(name="p/services/s/predictions", kind="predictions", work=""),
            inputs={
                "package": Input(node="package", path=tmp_path / "package", data_version=digest),
                "dataset": Input(node="dataset", path=tmp_path, data_version="d"),
                "split": Input(node="split", path=tmp_path, data_version="s"),
            },
            root=tmp_path,
            out=out,
            now=START,
            ports=Ports(
                feature_store=nothing, tracker=nothing, registry=nothing, builder=nothing, rollouts=nothing
            ),
        )
    )
    return outcome, pl.read_parquet(out / FILE)


TIME = ["train"] * 20 + ["gap"] * 2 + ["validation"] * 5 + ["test"] * 8 + ["unlabelled"] * 5


def test_rows_after_the_last_training_row_are_scored(tmp_path: Path) -> None:
    outcome, found = run(tmp_path, TIME)
    assert found.columns == ["flight", "event_timestamp", "score", "decision", "package"]
    assert found["flight"].to_list() == [f"f{index}" for index in range(20, 40)]
    assert outcome.figures == {"rows": 20, "unlabelled": 5, "without_score": 0, "learned_from_or_older": 20}
    assert (found["decision"] == (found["score"] >= 0.5)).all()


def test_the_scores_are_those_of_the_package(tmp_path: Path) -> None:
    _, found = run(tmp_path, TIME)
    package = load(tmp_path / "package" / "package")
    frame = dataset()
    names = [name for name in frame.columns if name.startswith(("request.", "weather_at_origin."))]
    expected = package.score(columns(frame, names))[20:]
    assert np.allclose(found["score"].to_numpy(), expected, atol=1e-7)
    assert found["package"].unique().to_list() == [package.digest]


def test_a_random_split_scores_what_was_not_learned_from(tmp_path: Path) -> None:
    sides = ["train", "test"] * 17 + ["validation"] + ["unlabelled"] * 5
    _, found = run(tmp_path, sides)
    expected = [f"f{index}" for index, side in enumerate(sides) if side in ("test", "unlabelled")]
    assert found["flight"].to_list() == expected


@pytest.mark.parametrize("task", ["multiclass_classification", "regression"])
def test_other_tasks(tmp_path: Path, task: str) -> None:
    _, found = run(tmp_path, TIME, task)
    if task == "regression":
        assert found.columns == ["flight", "event_timestamp", "score", "package"]
    else:
        scores = found.select("score.early", "score.late", "score.never")
        assert scores.sum_horizontal().to_numpy() == pytest.approx(1.0)
        assert set(found["decision"]) <= {"early", "late", "never"}


def test_nothing_newer_is_an_empty_table_of_the_same_columns(tmp_path: Path) -> None:
    outcome, found = run(tmp_path, ["test"] * 5 + ["train"] * 35)
    assert found.height == 5
    empty, none = run_empty(tmp_path)
    assert none.columns == found.columns
    assert none.height == empty.figures["rows"] == 0
    assert outcome.figures["rows"] == 5


def run_empty(tmp_path: Path) -> tuple[Outcome, pl.DataFrame]:
    folder = tmp_path / "empty"
    folder.mkdir()
    return run(folder, ["train"] * 40)
