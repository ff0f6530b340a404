"""Kinds from an outside package: installed, checked, planned and run like our own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import mlcycle
from tests.support.project import sliced_project

PACKAGE = Path(__file__).resolve().parents[1] / "plugin_example"
_SPEC = """mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
    clean:
      - {kind: keep_between, column: distance, min: 200, max: 3000}
    derive:
      late: {expression: "arrival_delay >= 15", dtype: bool}
    columns:
      departure_delay: {nullable: true, available_after: 6h}
      arrival_delay: {nullable: true, available_after: 24h}
feature_views:
  schedule: {source: flights, columns: [carrier, distance]}
models:
  late:
    task: binary_classification
    label: flights.late
    features: [schedule]
    preprocess:
      - {kind: max_abs, columns: [distance]}
      - {kind: one_hot, columns: [carrier]}
    trainer: {kind: xgboost, seed: 7, rounds: 5}
    gates: [{kind: metric, metric: roc_auc, min: 0.3}]
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built and installed package."""
    target = tmp_path_factory.mktemp("plugin")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    subprocess.run([*pip, "--target", str(target), str(PACKAGE)], check=True, capture_output=True)
    return target


@pytest.fixture
def project(tmp_path: Path, example_data: Path) -> Path:
    folder = sliced_project(tmp_path / "project", flights=5_000)
    (folder / "specs" / "flight_delays.yaml").unlink()
    (folder / "specs" / "outside.yaml").write_text(_SPEC)
    return folder


@pytest.mark.slow
def test_an_outside_kind_is_checked(project: Path, installed: Path) -> None:
    checked = mlcycle(project, "check", installed=installed)
    assert checked.returncode == 0, checked.stderr + checked.stdout


@pytest.mark.slow
def test_without_the_package_its_kinds_are_unknown(project: Path) -> None:
    checked = mlcycle(project, "check")
    assert checked.returncode == 1
    assert "`keep_between` is not a kind of" in checked.stdout
    assert "specs/outside.yaml:8:16" in checked.stdout


@pytest.mark.slow
def test_mistakes_in_an_outside_kind_have_their_place(project: Path, installed: Path) -> None:
    spec = project / "specs" / "outside.yaml"
    spec.write_text(_SPEC.replace("min: 200", "mim: 200"))
    checked = mlcycle(project, "check", installed=installed)
    assert checked.returncode == 1
    assert "did you mean `min`?" in checked.stdout


@pytest.mark.slow
def test_outside_kinds_run(project: Path, installed: Path) -> None:
    arguments = ("run", "specs/outside.yaml", "--until", "late/evaluation", "--no-summary")
    ran = mlcycle(project, *arguments, installed=installed)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    again = mlcycle(project, "plan", "specs/outside.yaml", installed=installed)
    assert "keep" in again.stdout
    assert "sources/flights" in again.stdout
