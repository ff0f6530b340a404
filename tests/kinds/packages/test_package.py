from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mlcycle.kinds.packages.frames import score
from mlcycle.kinds.packages.package import build
from mlcycle.steps.package import load
from mlcycle.task import Input, WorkError
from tests.support.datasets import make_task, package_config
from tests.support.lifecycle import Trained

pytestmark = pytest.mark.slow


def folder(package: Input) -> Path:
    return package.path / "package"


def test_the_package_is_whole_and_reads_back(flights: Trained) -> None:
    files = sorted(path.name for path in folder(flights.package).iterdir())
    assert files == ["examples.json", "manifest.json", "model.onnx", "model.ubj", "preprocess.onnx"]
    package = load(folder(flights.package), flights.package.data_version)
    assert package.manifest.classes == (False, True)
    assert package.manifest.threshold == 0.5
    assert package.manifest.horizon_seconds == 7200
    assert package.manifest.inputs.text == ("schedule.carrier", "schedule.destination")


def test_formats_agree_and_request_time_features_are_those_of_training(flights: Trained) -> None:
    parity, program = flights.package.checks
    assert (parity.name, parity.verdict, parity.limit) == ("parity", "pass", "max 1e-05")
    assert parity.rows == flights.split.figures["test"]["rows"]
    assert parity.figure is not None
    assert parity.figure < 1e-6
    assert (program.name, program.verdict, program.figure) == ("program", "pass", 0.0)


def test_building_again_gives_the_same_digest(flights: Trained) -> None:
    again = flights.run.package(flights.split, flights.training, "package-again")
    assert again.data_version == flights.package.data_version
    for path in folder(again).iterdir():
        assert path.read_bytes() == (folder(flights.package) / path.name).read_bytes()


def test_without_ubj_the_package_is_another_one_with_the_same_graph(flights: Trained) -> None:
    lean = flights.run.package(flights.split, flights.training, "package-lean", packages=["onnx"])
    assert not (folder(lean) / "model.ubj").exists()
    assert lean.data_version != flights.package.data_version
    graph = (folder(lean) / "model.onnx").read_bytes()
    assert graph == (folder(flights.package) / "model.onnx").read_bytes()
    assert lean.checks[0].verdict == "pass"  # the formats are compared even if one is not shipped


def test_examples_are_requests_with_the_scores_of_the_dataset(flights: Trained) -> None:
    examples = json.loads((folder(flights.package) / "examples.json").read_text())
    assert len(examples["rows"]) == len(examples["scores"]) == 20
    first = examples["rows"][0]
    assert first["scheduled_departure"].endswith("Z")
    assert set(first["lookups"]["weather_at_origin"]) == {"temperature", "wind_speed", "humidity"}
    package = load(folder(flights.package))
    dataset = pl.read_parquet(flights.run.dataset.path / "dataset.parquet")
    frame = dataset.filter(pl.col("event_timestamp").dt.strftime("%FT%TZ") == first["scheduled_departure"])
    assert np.abs(score(package, frame) - examples["scores"][0]).min() < 1e-6


def test_a_program_that_computes_something_else_fails_the_check(flights: Trained, tmp_path: Path) -> None:
    config = package_config()
    program = json.loads(json.dumps(config["program"]).replace("America/New_York", "UTC"))
    wrong = flights.run.package(flights.split, flights.training, "package-wrong", program=program)
    parity, check = wrong.checks
    assert (parity.verdict, check.verdict) == ("pass", "fail")
    assert check.blocks


def test_trees_that_are_not_those_of_the_graph_fail_the_check(flights: Trained) -> None:
    other = flights.run.train(flights.split, "training-other", rounds=3)
    mixed = Input(node="mixed", path=flights.run.folder / "training-mixed", data_version="mixed")
    mixed.path.mkdir()
    for path in flights.training.path.iterdir():
        source = other.path if path.name == "model.ubj" else flights.training.path
        (mixed.path / path.name).write_bytes((source / path.name).read_bytes())
    package = flights.run.package(flights.split, mixed, "package-mixed")
    assert (package.checks[0].name, package.checks[0].verdict) == ("parity", "fail")


def test_a_split_without_test_rows_is_an_error(flights: Trained, tmp_path: Path) -> None:
    sides = pl.read_parquet(flights.split.path / "split.parquet").with_columns(
        side=pl.col("side").str.replace("test", "gap")
    )
    sides.write_parquet(tmp_path / "split.parquet")
    inputs = {
        "dataset": flights.run.dataset,
        "split": replace(flights.split, path=tmp_path),
        "training": flights.training,
    }
    task = make_task(
        tmp_path / "package", "package", config=package_config(), inputs=inputs, ports=flights.run.ports
    )
    with pytest.raises(WorkError, match="the test side of the split has no rows"):
        build(task)
