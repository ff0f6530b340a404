"""A service built by the build step and asked by the replay step, over HTTP, for rows of a dataset."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mlcycle.adapters.bentoml.builder import BentoBuilder
from mlcycle.graph.node import Node
from mlcycle.kinds.packages.frames import columns
from mlcycle.kinds.services.build import build
from mlcycle.kinds.services.replay import replay
from mlcycle.kinds.sources.arrays import to_series
from mlcycle.ports import Ports
from mlcycle.steps.package import load
from mlcycle.task import Input, Outcome, Task, WorkError
from tests.kinds.services.test_batch import dataset
from tests.support.packages import make_package
from tests.support.services import LIMITS

pytestmark = pytest.mark.slow

CONFIGS: dict[str, dict[str, Any]] = {
    "service": {"name": "delays_api", "model": "flights.late", "limits": {**LIMITS, "max_rows": 7}},
    "replay": {"rows": 30, "max_difference": 1e-5},
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package, its dataset with the features as training had them, and the built service."""
    folder = tmp_path_factory.mktemp("state")
    make_package(folder / "package" / "package")
    package = load(folder / "package" / "package")
    frame = dataset()
    given = [name for name in frame.columns if name.startswith(("request.", "weather_at_origin."))]
    features = package.features(columns(frame, given))
    computed = [entry.output for entry in package.program]
    dtypes = {entry.output: entry.dtype for entry in package.program}
    frame = frame.with_columns(to_series(name, features[name], dtypes[name]) for name in computed)
    frame.write_parquet(folder / "dataset.parquet")
    pl.DataFrame({"row_id": range(40), "side": ["train"] * 5 + ["test"] * 35}).write_parquet(
        folder / "split.parquet"
    )
    outcome = build(task(folder, "service"))
    (folder / "tag").write_text(json.dumps([outcome.data_version, dict(outcome.record)]))
    return folder


def task(folder: Path, part: str, data: Path | None = None) -> Task:
    out = folder / part
    out.mkdir(exist_ok=True)
    unused: Any = None
    digest = load(folder / "package" / "package").digest
    inputs = {
        "package": Input(node="package", path=folder / "package", data_version=digest),
        "dataset": Input(node="dataset", path=data or folder, data_version="d"),
        "split": Input(node="split", path=folder, data_version="s"),
    }
    if (folder / "tag").exists():
        tag, record = json.loads((folder / "tag").read_text())
        inputs["service"] = Input(node="service", path=folder / "service", data_version=tag, record=record)
    builder = BentoBuilder(folder / "bentoml")
    return Task(
        node=Node(name=f"flights/services/delays_api/{part}", kind=part, work="", config=CONFIGS[part]),
        inputs=inputs,
        root=folder,
        out=out,
        now=datetime(2014, 1, 1, tzinfo=UTC),
        ports=Ports(feature_store=unused, tracker=unused, registry=unused, builder=builder, rollouts=unused),
    )


def test_the_service_gives_the_scores_of_training(state: Path) -> None:
    outcome: Outcome = replay(task(state, "replay"))
    (check,) = outcome.checks
    assert (check.name, check.verdict, check.rows) == ("replay_parity", "pass", 30)
    assert check.figure is not None
    assert check.figure <= 1e-6
    assert json.loads((state / "replay" / "replay.json").read_text())["verdict"] == "pass"


def test_other_features_in_training_are_found(state: Path, tmp_path: Path) -> None:
    frame = pl.read_parquet(state / "dataset.parquet")
    wrong = pl.col("schedule.hour_of_day") + pl.when(pl.col("row_id") == 20).then(5).otherwise(0)
    frame.with_columns(wrong.alias("schedule.hour_of_day")).write_parquet(tmp_path / "dataset.parquet")
    (check,) = replay(task(state, "replay", tmp_path)).checks
    assert check.verdict == "fail"
    assert check.table is not None
    assert [row[0] for row in check.table.rows] == ["f20"]


def test_rows_that_the_service_refuses_are_named(state: Path, tmp_path: Path) -> None:
    frame = pl.read_parquet(state / "dataset.parquet")
    long = pl.when(pl.col("row_id") == 7).then(pl.lit("x" * 5000)).otherwise(pl.col("request.carrier"))
    frame.with_columns(long.alias("request.carrier")).write_parquet(tmp_path / "dataset.parquet")
    outcome = replay(task(state, "replay", tmp_path))
    (check,) = outcome.checks
    assert check.verdict == "fail"
    assert check.table is not None
    ((row),) = check.table.rows
    assert row[0] == "f7"
    assert "at most 4096 characters" in row[-1]
    assert outcome.figures["refused"] == 1


def test_nothing_to_replay(state: Path, tmp_path: Path) -> None:
    pl.read_parquet(state / "dataset.parquet").clear().write_parquet(tmp_path / "dataset.parquet")
    with pytest.raises(WorkError) as caught:
        replay(task(state, "replay", tmp_path))
    assert caught.value.code == "MLC621"
