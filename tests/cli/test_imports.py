"""What a command imports: checking loads none of the heavy tools, and no SQL parser where there is no SQL."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mlcycle.cli.exits import Exit
from tests.support.project import sliced_project

_HEAVY = {
    *(
        "polars",
        "duckdb",
        "pandas",
        "sklearn",
        "onnx",
        "onnxruntime",
        "onnxmltools",
        "skl2onnx",
        "mlflow",
        "feast",
    ),
    *(
        "dagster",
        "dagster_mlflow",
        "bentoml",
        "xgboost",
        "numpy",
        "scipy",
        "sqlalchemy",
        "matplotlib",
        "jinja2",
    ),
    *("rich", "pyarrow", "holidays", "pandera", "nannyml", "httpx", "starlette", "orjson"),
}
_EXTRAS = _HEAVY - {"sqlalchemy", "jinja2", "rich"}
_BASE_ONLY = """
import sys
from mlcycle.cli.main import status_of

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
sys.exit(status_of({arguments!r}))
"""
_REPORT = """
import json, sys
from mlcycle.cli.main import status_of
status = status_of({arguments!r})
print("\\n" + json.dumps([status, sorted({{name.split(".")[0] for name in sys.modules}})]))
"""


def _loaded(folder: Path, *arguments: str) -> set[str]:
    """The top-level modules in memory after a command that succeeded."""
    done = subprocess.run(
        [sys.executable, "-c", _REPORT.format(arguments=list(arguments))],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    status, modules = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stderr
    return set(modules)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, example_data: Path) -> Path:
    folder = sliced_project(tmp_path_factory.mktemp("imports") / "project", flights=2_000)
    (folder / "specs" / "planes.yaml").write_text(
        "mlcycle: 1\n"
        "sources:\n"
        "  planes: {kind: csv, path: data/planes.csv, columns: {tail_number: {unique: true}}}\n"
        "entities: {aircraft: tail_number}\n"
        "feature_views:\n"
        "  facts: {source: planes, entity: aircraft, columns: [seats, engines]}\n"
    )
    subprocess.run([sys.executable, "-m", "mlcycle.cli.main", "check"], cwd=folder, check=True)
    return folder


def test_check_loads_no_heavy_tool(project: Path) -> None:
    assert sorted(_loaded(project, "check") & _HEAVY) == []


def test_check_without_sql_loads_no_sql_parser(project: Path) -> None:
    assert "sqlglot" not in _loaded(project, "check", "specs/planes.yaml")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [("--help",), ("explain", "MLC101"), ("schema",), ("plan", "--offline")], ids=" ".join
)
def test_light_commands_load_no_heavy_tool(project: Path, arguments: tuple[str, ...]) -> None:
    assert sorted(_loaded(project, *arguments) & _HEAVY) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [("plan",), ("status",), ("rollout", "status"), ("audit", "show")], ids=" ".join
)
def test_looking_at_what_stands_asks_no_registry(project: Path, arguments: tuple[str, ...]) -> None:
    """Who is champion stands in the state database, which needs none of the tools."""
    assert sorted(_loaded(project, *arguments) & _EXTRAS) == []


def _base(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command line where nothing of the extras is installed."""
    code = _BASE_ONLY.format(missing=_EXTRAS, arguments=list(arguments))
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "plan", "build", "status"])
def test_the_base_install_is_enough(project: Path, command: str) -> None:
    done = _base(project, command)
    assert done.returncode == Exit.OK, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "extra"),
    [(("run", "specs/flight_delays.yaml", "--until", "sources/planes"), "run"), (("test",), "run")],
    ids=["run", "test"],
)
def test_what_is_missing_is_said_in_one_line(project: Path, arguments: tuple[str, ...], extra: str) -> None:
    done = _base(project, *arguments)
    assert done.returncode == Exit.MISSING, done.stderr
    assert f"pip install 'mlcycle[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr
