"""The example as Dagster sees it: by `workspace.yaml`, and as a component of a `dg` project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.projects import compile_specs
from tests.support.project import sliced_project

pytestmark = pytest.mark.slow

SPEC = "specs/flight_delays.yaml"
DEFS = """\
type: mlcycle.component.MlcycleSpec
attributes:
  spec: {spec}
"""
DG = """\
[project]
name = "flights"
version = "0.1"
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "flights_dg"
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sliced_project(tmp_path_factory.mktemp("example") / "project", flights=2000)


def test_the_workspace_loads_every_spec(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlcycle.definitions import defs

    monkeypatch.chdir(root)
    found = {spec.key.to_user_string(): spec for spec in defs().resolve_all_asset_specs()}  # type: ignore[operator]

    assert {node.name for node in compile_specs(root, (SPEC,))[0].nodes} == set(found)
    weather = found["flight_delays/features/weather_at_origin"].metadata["dagster/column_lineage"]
    assert {
        (dep.asset_key.to_user_string(), dep.column_name)
        for dep in weather.deps_by_column["weather_at_origin.temperature"]
    } == {("flight_delays/sources/weather", "temperature")}
    assert not (root / ".mlcycle").exists()


def test_a_sensor_looks_at_rollouts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dagster as dg

    from mlcycle.definitions import defs

    monkeypatch.chdir(
        shutil.copytree(root, root.parent / "watched", ignore=shutil.ignore_patterns(".mlcycle"))
    )
    sensor = defs().resolve_sensor_def("mlcycle_rollouts")  # type: ignore[operator]
    with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance=instance) as context:
        found = sensor(context)
    assert isinstance(found, dg.SkipReason)
    assert found.skip_message == "no rollout is going on"


def test_loading_needs_no_data(root: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(root, tmp_path / "bare", ignore=shutil.ignore_patterns("data"))

    (graph,) = compile_specs(bare, (SPEC,))

    assert "flight_delays/services/delays_api/rollout" in graph


def test_mistakes_of_all_specs_are_told_at_once(root: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(root, tmp_path / "broken")
    for name in ("one", "two"):
        (broken / f"specs/{name}.yaml").write_text("mlcycle: 1\nmodells: {}\n")

    with pytest.raises(Refused) as refused:
        compile_specs(broken, ("specs/one.yaml", SPEC, "specs/two.yaml"))

    assert {found.span.file for found in refused.value.diagnostics} == {"specs/one.yaml", "specs/two.yaml"}


def dg_project(root: Path, folder: Path, spec: str) -> Path:
    project = shutil.copytree(root, folder / "dg")
    defs = project / "src/flights_dg/defs/late"
    defs.mkdir(parents=True)
    (project / "pyproject.toml").write_text(DG)
    (project / "src/flights_dg/__init__.py").touch()
    (project / "src/flights_dg/defs/__init__.py").touch()
    (defs / "defs.yaml").write_text(DEFS.format(spec=spec))
    return project


def test_a_spec_is_a_component_of_a_dg_project(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dagster as dg

    project = dg_project(root, tmp_path, SPEC)
    monkeypatch.syspath_prepend(str(project / "src"))

    found = dg.load_from_defs_folder(path_within_project=project)

    (graph,) = compile_specs(root, (SPEC,))
    keys = {tuple(spec.key.path) for spec in found.resolve_all_asset_specs()}
    assert keys == {tuple(node.name.split("/")) for node in graph.nodes}


def test_a_component_refuses_wrong_attributes() -> None:
    from pydantic import ValidationError

    from mlcycle.component import MlcycleSpec

    model = MlcycleSpec.get_model_cls()
    with pytest.raises(ValidationError, match="valid string"):
        model.model_validate({"spec": 3})
    with pytest.raises(ValidationError, match="Extra inputs"):
        model.model_validate({"spec": SPEC, "specs": []})
