from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from mlcycle.kinds.gates.challenge import champion
from mlcycle.steps.package import load
from mlcycle.task import CheckResult, Input, Outcome
from tests.support.lifecycle import Trained, gate, mlflow_ports
from tests.support.releases import INSTANT, release

pytestmark = pytest.mark.slow

MODEL = "flight_delays.late"


@pytest.fixture(scope="module")
def arena(flights: Trained, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The same lifecycle with a registry of its own, whose champion the tests here may change."""
    ports = mlflow_ports(tmp_path_factory.mktemp("arena"))
    return replace(flights, run=replace(flights.run, ports=ports))


def by_name(outcome: Outcome) -> dict[str, CheckResult]:
    return {check.name: check for check in outcome.checks}


def registered(flights: Trained, package: Input) -> str:
    """A version of `package` that nobody judged; for champions only."""
    version = flights.run.ports.registry.register(
        model=MODEL,
        package=package.path / "package",
        package_digest=package.data_version,
        evidence_digest="none",
        run_id="",
        signature={"request": [{"name": "carrier", "dtype": "string"}], "task": flights.run.task},
        tags={},
    )
    return version.version


def crown(flights: Trained, package: Input, folder: str = "/nowhere") -> str:
    """Make `package` the champion; returns its version. It lies in the registry unless `folder` has it."""
    version, rollouts = registered(flights, package), flights.run.ports.rollouts
    found = release(1, model=MODEL, version=version, package=package.data_version, folder=folder)
    rollouts.start("flight_delays/api", found, INSTANT, operation=version)
    return version


def test_gates_judge_the_scores_of_the_package(flights: Trained) -> None:
    scores = pl.read_parquet(flights.evaluation.path / "scores.parquet")
    assert scores.height == flights.split.figures["test"]["rows"]
    checks = by_name(flights.judged)
    assert checks["gate.0.metric"].figure == pytest.approx(roc_auc_score(scores["label"], scores["score"]))
    assert {name: check.verdict for name, check in checks.items()} == {
        "gate.0.metric": "pass",
        "gate.1.baseline": "pass",
        "gate.2.champion": "not_applicable",
        "gate.3.fairness": "pass",
    }
    assert checks["gate.3.fairness"].severity == "warn"


def test_the_evidence_is_bound_to_package_and_data_and_repeats(flights: Trained) -> None:
    evidence = json.loads((flights.evaluation.path / "evidence.json").read_text())
    assert evidence["package_digest"] == flights.package.data_version
    assert evidence["dataset_version"] == "dataset-1"
    again, folder = flights.run.evaluate(flights.split, flights.package, "evaluation-again")
    assert again.data_version == flights.judged.data_version
    for path in folder.path.iterdir():
        assert path.read_bytes() == (flights.evaluation.path / path.name).read_bytes(), path.name


def test_plots_are_pictures(flights: Trained) -> None:
    assert flights.judged.plots == ("roc.png", "calibration.png", "scores.png")
    for name in flights.judged.plots:
        assert (flights.evaluation.path / name).read_bytes().startswith(b"\x89PNG")


def test_another_limit_is_judged_without_another_score(flights: Trained) -> None:
    strict = (gate(0, "metric", metric="roc_auc", min=0.9, confidence=0.95),)
    outcome, folder = flights.run.evaluate(flights.split, flights.package, "evaluation-strict", strict)
    assert by_name(outcome)["gate.0.metric"].verdict == "fail"
    assert outcome.figures["verdict"] == "fail"
    scores = (folder.path / "scores.parquet").read_bytes()
    assert scores == (flights.evaluation.path / "scores.parquet").read_bytes()


def test_the_champion_is_scored_on_the_same_rows(arena: Trained) -> None:
    weak = arena.run.train(arena.split, "training-weak", rounds=2)
    package = arena.run.package(arena.split, weak, "package-weak")
    gates = (gate(2, "champion", metric="roc_auc", max_drop=0.002),)
    crown(arena, package)
    better, _ = arena.run.evaluate(arena.split, arena.package, "evaluation-better", gates)
    assert better.checks[0].verdict == "pass"
    assert (better.checks[0].figure or 0) > 0
    crown(arena, arena.package)
    worse, _ = arena.run.evaluate(arena.split, package, "evaluation-worse", gates)
    assert worse.checks[0].verdict == "fail"
    assert worse.checks[0].figure == pytest.approx(-(better.checks[0].figure or 0))


def test_a_champion_that_is_this_package_changes_no_evidence(arena: Trained) -> None:
    crown(arena, arena.package)
    outcome, _ = arena.run.evaluate(arena.split, arena.package, "evaluation-self")
    assert outcome.data_version == arena.judged.data_version


def test_a_champion_that_cannot_be_read_is_inconclusive(arena: Trained) -> None:
    weak = arena.run.train(arena.split, "training-lost", rounds=3)
    package = arena.run.package(arena.split, weak, "package-lost")
    version = arena.run.ports.registry.get(MODEL, crown(arena, package))
    assert version is not None
    (Path(version.package_path) / "model.onnx").write_bytes(b"something else")
    gates = (gate(2, "champion", metric="roc_auc", max_drop=0.002),)
    outcome, _ = arena.run.evaluate(arena.split, arena.package, "evaluation-lost", gates)
    assert outcome.checks[0].verdict == "inconclusive"
    assert "model.onnx: its content is not what the manifest says" in outcome.checks[0].message


def test_a_champion_that_lies_on_this_machine_is_asked_of_no_registry(arena: Trained, tmp_path: Path) -> None:
    weak = arena.run.train(arena.split, "training-here", rounds=5)
    package = arena.run.package(arena.split, weak, "package-here")
    shutil.copytree(package.path / "package", tmp_path / "packages" / package.data_version)
    crown(arena, package, folder=str(tmp_path))
    frame = pl.read_parquet(arena.run.dataset.path / "dataset.parquet").head(10)
    ports = replace(arena.run.ports, registry=None)  # type: ignore[arg-type]
    found = champion(ports, MODEL, load(arena.package.path / "package"), frame)
    assert found is not None
    assert (found.package_digest, found.reason) == (package.data_version, "")


def test_a_champion_with_features_of_its_own_is_inconclusive(arena: Trained) -> None:
    weak = arena.run.train(arena.split, "training-other-columns", rounds=4)
    package = arena.run.package(arena.split, weak, "package-other-columns")
    crown(arena, package)
    frame = pl.read_parquet(arena.run.dataset.path / "dataset.parquet").drop("weather_at_origin.humidity")
    assert "weather_at_origin.humidity" not in frame.columns
    own = load(arena.package.path / "package")
    found = champion(arena.run.ports, MODEL, own, frame.head(10))
    assert found is not None
    assert found.scores is None
    assert found.reason == "it needs `weather_at_origin.humidity`, which this dataset does not have"
