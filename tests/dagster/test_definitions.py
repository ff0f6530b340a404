from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from mlcycle.dagster.naming import JOB, asset_key, check_name, is_forced
from tests.dagster.conftest import definitions
from tests.support.small import SPEC, small_runner

pytestmark = pytest.mark.slow

SOURCE = asset_key("small/sources/a")
EVALUATION = asset_key("small/models/sum/evaluation")


@pytest.fixture
def specs(root: Path) -> dict[dg.AssetKey, dg.AssetSpec]:
    found = definitions(root, small_runner(root)).resolve_all_asset_specs()
    return {spec.key: spec for spec in found}


def test_an_asset_a_node_grouped_by_project(specs: dict[dg.AssetKey, dg.AssetSpec]) -> None:
    assert {key.to_user_string() for key in specs} == {
        "small/sources/a",
        "small/sources/b",
        "small/models/sum/total",
        "small/models/sum/evaluation",
        "small/models/sum/report",
    }
    assert {spec.group_name for spec in specs.values()} == {"small"}


def test_an_asset_shows_what_was_declared(specs: dict[dg.AssetKey, dg.AssetSpec]) -> None:
    spec = specs[SOURCE]

    assert spec.description == "Numbers of a."
    assert list(spec.owners) == ["numbers@example.com"]
    assert spec.kinds == {"polars"}
    schema = spec.metadata["dagster/column_schema"]
    assert [(c.name, c.type, c.constraints.nullable) for c in schema.columns] == [("row", "int64", False)]
    (place,) = spec.metadata["dagster/code_references"].code_references
    assert place.file_path.endswith(SPEC)
    assert place.line_number == 3


def test_edges_are_inputs_and_what_a_node_follows(specs: dict[dg.AssetKey, dg.AssetSpec]) -> None:
    report = specs[asset_key("small/models/sum/report")]

    assert {dep.asset_key for dep in report.deps} == {asset_key("small/models/sum/total"), EVALUATION}


def test_a_nodes_checks_are_its_assets_and_stop_what_follows(root: Path) -> None:
    found = definitions(root, small_runner(root)).resolve_asset_graph()
    keys = {key.asset_key: key for key in found.asset_check_keys}

    gate = found.get_check_spec(keys[EVALUATION])
    assert gate.name == "gate_0_metric"
    assert gate.blocking
    assert gate.metadata["spec"] == f"{SPEC}:12:3"


def test_there_is_one_job_and_it_runs_in_one_process(root: Path) -> None:
    found = definitions(root, small_runner(root))

    assert [job.name for job in found.jobs or ()] == [JOB]
    assert found.resolve_job_def(JOB).executor_def is dg.in_process_executor


def test_loading_reads_no_data_and_opens_nothing(root: Path) -> None:
    (root / "data/a.txt").unlink()

    definitions(root, small_runner(root)).resolve_all_asset_specs()

    assert not (root / ".mlcycle").exists()


def test_names_and_tags() -> None:
    assert check_name("gate.0.metric") == "gate_0_metric"
    assert is_forced({"mlcycle/force": "true"}, "p/a")
    assert is_forced({"mlcycle/force": "p/a,p/b"}, "p/b")
    assert not is_forced({"mlcycle/force": "p/ab"}, "p/a")
    assert not is_forced({}, "p/a")
