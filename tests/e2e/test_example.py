"""From one spec to a served model, by the real command, on a slice of real flights."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from mlcycle.dagster.instance import open_instance
from mlcycle.engine.selection import Options
from tests.e2e.conftest import SPEC, Example
from tests.support.command import forked, mlcycle

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("example")]

UNCHANGED = """
import sys
from mlcycle.cli.main import status_of
status = status_of(["run", "specs/flight_delays.yaml"])
assert "dagster" not in sys.modules
sys.exit(status)
"""


def test_every_node_is_built_and_every_gate_reports(built: Example) -> None:
    runner = built.runner()
    results = {result.node: result for result in runner.results()}

    assert set(results) == {node.name for node in runner.graph.nodes}
    assert not [check for result in results.values() for check in result.blocking]
    gates = {check.name: check for check in results["flight_delays/models/late/evaluation"].checks}
    auc = gates["gate.0.metric"]
    assert auc.verdict == "pass"
    assert auc.low is not None
    assert auc.high is not None
    assert auc.figure is not None
    assert auc.low < auc.figure < auc.high
    assert 0.6 < auc.figure < 0.75, "the time split is honest: much more would mean that the label leaks"
    assert gates["gate.2.champion"].verdict == "not_applicable"


def test_dagster_recorded_what_was_done(built: Example) -> None:
    import dagster as dg

    with open_instance(built.root / ".mlcycle/dagster") as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        key = dg.AssetKey(["flight_delays", "models", "late", "evaluation"])
        event = instance.get_latest_materialization_event(key)
    assert event is not None
    made = event.asset_materialization
    assert made is not None
    result = next(r for r in built.runner().results() if r.node.endswith("late/evaluation"))
    assert (made.tags or {})["dagster/data_version"] == result.data_version


def test_the_service_answers_as_the_batch_scored(built: Example) -> None:
    runner = built.runner()
    folder = {
        result.node.rsplit("/", 1)[1]: runner.settings.artifacts / result.path
        for result in runner.results()
        if "/models/arrival_delay/" not in result.node  # which no service serves
    }
    batch = pl.read_parquet(folder["predictions"] / "predictions.parquet").head(5)
    dataset = pl.read_parquet(folder["dataset"] / "dataset.parquet")
    rows = batch.join(dataset, left_on="flight_id", right_on="key.flight_id", maintain_order="left")
    names = {c.removeprefix("request."): c for c in rows.columns if c.startswith("request.")}
    request = json.loads(rows.select(**{name: pl.col(column) for name, column in names.items()}).write_json())
    manifest = json.loads((folder["package"] / "package/manifest.json").read_text())
    for line, row in zip(request, rows.iter_rows(named=True), strict=True):
        line["scheduled_departure"] = row["request.scheduled_departure"].isoformat()
        line["lookups"] = {
            lookup["view"]: {f["name"]: row[f"{lookup['view']}.{f['name']}"] for f in lookup["features"]}
            for lookup in manifest["lookups"]
        }

    done = mlcycle(built.root, "predict", "delays_api", json.dumps(request))

    assert done.returncode == 0, done.stdout + done.stderr
    answered = json.loads(done.stdout)["predictions"]
    assert [p["score"] for p in answered] == pytest.approx(batch["score"].to_list(), abs=1e-5)


def test_the_example_request_reads_the_online_store(built: Example) -> None:
    request = Path(__file__).resolve().parents[2] / "examples/request.json"

    done = mlcycle(built.root, "predict", "delays_api", str(request))

    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert [0 < p["score"] < 1 for p in answer["predictions"]] == [True, True]
    assert answer["version"] == "1"


def test_feasts_own_command_line_reads_the_repository(built: Example) -> None:
    told = built.root / "feast.txt"
    kinds = {
        "feature-views": ("weather_at_origin__", "aircraft_facts__", "airline_record__"),
        "on-demand-feature-views": ("schedule", "crosses"),
    }
    for kind, views in kinds.items():
        listed = forked(feast, built.root / ".mlcycle/feast/flight_delays", kind, "list", told)
        listed.join(120)
        assert listed.exitcode == 0
        for view in views:
            assert view in told.read_text()


def feast(folder: Path, *arguments: str | Path) -> None:
    """Feast's command; a path among the arguments is where its output goes."""
    from feast.cli.cli import cli

    words = [word for word in arguments if isinstance(word, str)]
    for told in (word for word in arguments if isinstance(word, Path)):
        sys.stdout = told.open("w")
    os.chdir(folder)
    cli(words)


def test_feast_is_asked_as_its_page_says(built: Example, repository: Path) -> None:
    page = (repository / "docs" / "feast.md").read_text()
    shown = dict(re.findall(r"^```(\w+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))
    (built.root / "ask.py").write_text(shown["python"])
    told = built.root / "asked.txt"
    asked = forked(run_file, built.root, "ask.py", told)
    asked.join(120)
    assert asked.exitcode == 0
    assert told.read_text() == shown["text"]


def run_file(folder: Path, name: str, told: Path) -> None:
    """A Python file, run where it is."""
    os.chdir(folder)
    with told.open("w") as sys.stdout:
        runpy.run_path(name)


def test_a_second_run_changes_nothing_and_imports_no_dagster(built: Example) -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNCHANGED],
        cwd=built.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert built.runner().plan(Options()).unchanged


def test_changing_a_limit_judges_again_without_training(built: Example) -> None:
    spec = built.root / SPEC
    text = spec.read_text()
    spec.write_text(text.replace("min: 0.55, confidence", "min: 0.56, confidence"))
    try:
        plan = built.runner().plan(Options())
    finally:
        spec.write_text(text)

    reasons = {
        step.node.name: [str(r) for r in getattr(step.decision, "reasons", ())]
        for step in plan.steps
        if step.node.name in plan.todo
    }
    (line,) = [i for i, row in enumerate(text.splitlines(), 1) if "min: 0.55, confidence" in row]
    assert reasons.pop("flight_delays/models/late/evaluation")[0].startswith(
        f"gates[0].min changed: 0.55 -> 0.56 ({SPEC}:{line}:"
    )
    assert set(reasons) <= {
        "flight_delays/models/late/registration",
        "flight_delays/models/late/card",
        "flight_delays/services/delays_api/rollout",
    }
    assert not any(reasons.values())
