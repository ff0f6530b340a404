"""Materializing in Dagster's page and `mlcycle run` are the same decisions on the same results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from mlcycle.dagster.execute import DagsterExecution
from mlcycle.dagster.naming import FORCE_TAG, asset_key
from mlcycle.store.lock import Locked
from tests.support.running import contents, run, statuses, versions
from tests.support.small import SPEC, small_graph, small_project, small_runner

if TYPE_CHECKING:
    from tests.dagster.conftest import Materialize

pytestmark = pytest.mark.slow


def shown(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """Last part of the asset's key -> its metadata as plain values."""
    found = {}
    for event in result.get_asset_materialization_events():
        made = event.step_materialization_data.materialization
        found[made.asset_key.path[-1]] = {name: value.value for name, value in made.metadata.items()}
    return found


def reused(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {name: metadata["reused"] for name, metadata in shown(result).items()}


def failure(result: dg.ExecuteInProcessResult, step: str) -> str:
    (event,) = [e for e in result.all_events if e.is_step_failure and e.step_key == f"small__{step}"]
    return str(event.step_failure_data.user_failure_data.description)  # type: ignore[union-attr]


def test_the_page_and_the_command_give_the_same_results(
    root: Path,
    tmp_path_factory: pytest.TempPathFactory,
    materialize: Materialize,
    execution: DagsterExecution,
) -> None:
    other = tmp_path_factory.mktemp("other")
    small_project(other)
    by_page, by_command = small_runner(root), small_runner(other)

    assert materialize(by_page).success
    assert run(by_command, execute=execution).ok

    assert versions(by_page) == versions(by_command)
    assert contents(root, by_page) == contents(other, by_command)


def test_the_command_sees_what_the_page_did_and_the_other_way_round(
    root: Path, materialize: Materialize, execution: DagsterExecution
) -> None:
    runner = small_runner(root)
    assert materialize(runner).success
    assert run(runner, execute=execution).unchanged

    (root / "data/a.txt").write_text("1 1 1 3")
    assert statuses(run(runner, execute=execution))["total"] == "built"

    assert reused(materialize(runner)) == dict.fromkeys(["a", "b", "total", "evaluation", "report"], True)


def test_a_reused_result_is_shown_with_its_old_version_and_figures(
    root: Path, materialize: Materialize
) -> None:
    runner = small_runner(root)
    first, second = materialize(runner), materialize(runner)

    before, after = shown(first)["total"], shown(second)["total"]
    assert before | {"reused": True} == after
    assert after["result"] == "total 42"
    key = asset_key("small/models/sum/total")
    tags = [
        e.step_materialization_data.materialization.tags["dagster/data_version"]
        for result in (first, second)
        for e in result.get_asset_materialization_events()
        if e.asset_key == key
    ]
    assert tags == [runner.results()[2].data_version] * 2


def test_the_force_tag_builds_again(root: Path, materialize: Materialize) -> None:
    runner = small_runner(root)
    materialize(runner)

    one = materialize(runner, tags={FORCE_TAG: "small/models/sum/total"})
    every = materialize(runner, tags={FORCE_TAG: "true"})

    assert [name for name, again in reused(one).items() if not again] == ["total"]
    assert not any(reused(every).values())


def test_a_failed_gate_fails_its_step_and_says_figure_limit_and_line(
    root: Path, materialize: Materialize
) -> None:
    result = materialize(small_runner(root, small_graph(minimum=1000)))

    assert not result.success
    message = failure(result, "models__sum__evaluation")
    assert f"gate.0.metric fail at {SPEC}:12:3" in message
    assert "42 (41 to 43), limit min 1000, 3 rows" in message
    assert "report" not in shown(result)


def test_the_check_carries_its_evidence(root: Path, materialize: Materialize) -> None:
    (root / "data/a.txt").write_text("1 -2")
    result = materialize(small_runner(root))

    (found,) = [e for e in result.get_asset_check_evaluations() if e.asset_key.path[-1] == "a"]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.ERROR
    assert found.metadata["limit"].value == "max 0"
    assert found.metadata["figure"].value == 1.0
    assert "| -2 |" in str(found.metadata["table"].value)
    assert found.metadata["spec"].value == f"{SPEC}:5:3"


def test_materializing_only_what_follows_does_not_pass_a_failed_gate_by(
    root: Path, materialize: Materialize
) -> None:
    runner = small_runner(root, small_graph(minimum=1000))
    materialize(runner)

    result = materialize(runner, nodes=("models/sum/report",), tags={FORCE_TAG: "true"})

    assert not result.success
    message = failure(result, "models__sum__report")
    assert f"MLC873 {SPEC}:12:3" in message
    assert "failed: 42 (41 to 43), limit min 1000" in message
    assert not (root / ".mlcycle/artifacts/small/models/sum/report").exists()


def test_what_the_author_can_mend_has_its_code_and_line(root: Path, materialize: Materialize) -> None:
    (root / "data/a.txt").write_text("1 x")

    message = failure(materialize(small_runner(root)), "sources__a")

    assert f"MLC810 {SPEC}:4:3: a row is not a number (one whole number a line)" in message


def test_the_page_is_refused_while_a_command_runs(root: Path, materialize: Materialize) -> None:
    runner = small_runner(root)

    with runner.opened("mlcycle run specs/small.yaml"):
        result = materialize(runner, nodes=("sources/a",))

    assert not result.success
    events = "\n".join(str(event.event_specific_data) for event in result.all_events)
    assert "another run of `small` is going on: `mlcycle run specs/small.yaml`" in events


def test_a_command_is_refused_while_the_page_runs(root: Path) -> None:
    runner = small_runner(root)

    with runner.opened("a run from Dagster's page"), pytest.raises(Locked, match="Dagster's page"):
        run(runner)


def test_a_picture_and_row_counts_are_shown(root: Path, materialize: Materialize) -> None:
    metadata = shown(materialize(small_runner(root)))

    assert metadata["evaluation"]["plot/plot.png"].startswith("![plot](data:image/png;base64,iVBOR")
    assert metadata["a"]["dagster/row_count"] == 3
    assert metadata["a"]["figures/newest"] == "2013-01-02T00:00:00+00:00"
    assert metadata["total"]["why"] == "* never built"
