from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mlcycle.steps.manifest import PackageError
from mlcycle.task import CheckResult, WorkError
from tests.support.lifecycle import Trained, gate, mlflow_ports

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fresh(flights: Trained, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The same lifecycle with an empty registry."""
    ports = mlflow_ports(tmp_path_factory.mktemp("registry"))
    return replace(flights, run=replace(flights.run, ports=ports))


def test_a_package_that_passed_is_registered_once(fresh: Trained) -> None:
    run = fresh.run
    first, node = run.register(fresh.package, fresh.evaluation, fresh.training, "registration-first")
    again, _ = run.register(fresh.package, fresh.evaluation, fresh.training, "registration-second")
    assert first.record["version"] == again.record["version"] == "1"
    assert first.record["model"] == "flight_delays.late"
    version = run.ports.registry.get("flight_delays.late", "1")
    assert version is not None
    assert version.package_digest == fresh.package.data_version
    assert version.evidence_digest == fresh.evaluation.data_version
    assert run.ports.registry.standing("flight_delays.late").aliases == {}
    written = (node.path / "registration.json").read_text()
    assert "version" not in written  # what the node gives does not depend on how often it ran


def test_a_failed_gate_is_refused_even_when_this_node_runs_alone(fresh: Trained) -> None:
    strict = (gate(0, "metric", metric="roc_auc", min=0.95),)
    _, failed = fresh.run.evaluate(fresh.split, fresh.package, "evaluation-failed", strict)
    with pytest.raises(WorkError, match=r"gate\.0\.metric is fail") as error:
        fresh.run.register(fresh.package, failed, fresh.training, "registration-failed")
    assert error.value.code == "MLC522"


def test_evidence_of_another_package_is_refused(fresh: Trained) -> None:
    lean = fresh.run.package(fresh.split, fresh.training, "package-registration", packages=["onnx"])
    with pytest.raises(WorkError, match="the evidence judges package"):
        fresh.run.register(lean, fresh.evaluation, fresh.training, "registration-other")


def test_a_package_in_the_place_of_another_is_refused(fresh: Trained) -> None:
    lean = fresh.run.package(fresh.split, fresh.training, "package-swapped", packages=["onnx"])
    swapped = replace(fresh.package, path=lean.path)
    with pytest.raises(PackageError, match="not the expected"):
        fresh.run.register(swapped, fresh.evaluation, fresh.training, "registration-swapped")


def test_edited_evidence_is_refused(fresh: Trained, tmp_path: Path) -> None:
    text = (fresh.evaluation.path / "evidence.json").read_text()
    (tmp_path / "evidence.json").write_text(text.replace('"pass"', '"not_applicable"'))
    with pytest.raises(WorkError, match="not the file that the evaluation wrote"):
        fresh.run.register(
            fresh.package, replace(fresh.evaluation, path=tmp_path), fresh.training, "registration-edited"
        )


def test_the_card_says_what_was_recorded(fresh: Trained) -> None:
    _, registration = fresh.run.register(
        fresh.package, fresh.evaluation, fresh.training, "registration-for-card"
    )
    inputs = {
        "split": replace(
            fresh.split, checks=(CheckResult(name="shuffled", verdict="fail", message="12.0%"),)
        ),
        "training": fresh.training,
        "package": fresh.package,
        "evaluation": fresh.evaluation,
        "registration": registration,
    }
    author = {
        "description": "Will it be late?",
        "owner": {"team": "operations", "email": "operations@example.com"},
        "intended_use": "Warn <b>passengers</b> | early.",
        "out_of_scope": ["crew scheduling"],
        "caveats": "One year\n# only",
    }
    features = [{"name": "schedule.distance", "dtype": "float64", "sources": ["flights.distance"]}]
    config = {"title": "late", "card": author, "features": features, "accepted": {"shuffled": "in batches"}}
    text = fresh.run.card(inputs, config, "card-first")
    assert text == fresh.run.card(inputs, config, "card-second")
    for expected in (
        "# late\n",
        "| owner | operations, operations@example.com |",
        f"| package digest | {fresh.package.data_version} |",
        f"| dataset version | {fresh.run.dataset.data_version} |",
        "Warn \\<b\\>passengers\\</b\\> \\| early.",
        "- crew scheduling",
        "One year \\# only",
        f"| train | {fresh.split.figures['train']['rows']:,} | 2013-01-01T10:15:00Z |",
        f"{fresh.split.figures['gap']:,} rows in a gap between sides",
        "| schedule.distance | float64 | flights.distance |  |",
        "| shuffled | accepted | 12.0%; accepted: in batches |",
        "| EWR | ",
        "| gate.2.champion | not applicable |",
    ):
        assert expected in text, expected
    metric = next(check for check in fresh.judged.checks if check.name == "gate.0.metric")
    assert f"| {metric.figure:.4g} | {metric.low:.4g} to {metric.high:.4g} | min 0.6 |" in text
