"""What is released works where it is installed: the built wheel renders, beside nothing of the repository."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(REPOSITORY),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("mlcycle-*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_has_the_templates_and_the_types(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    templates = {str(p.relative_to(REPOSITORY)) for p in (REPOSITORY / "templates").rglob("*.j2")}
    assert templates
    assert {f"mlcycle/{name}" for name in templates} <= set(names)
    assert "mlcycle/py.typed" in names
    assert [name for name in names if name.startswith(("tests/", "examples/", "templates/"))] == []


@pytest.mark.slow
def test_the_wheel_builds_the_example(wheel: Path, tmp_path: Path, example_data: Path) -> None:
    """The installed copy writes the same files as the repository's."""
    from tests.support.project import sliced_project

    target = tmp_path / "installed"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
    ]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    project = sliced_project(tmp_path / "project", flights=2_000)

    def build(path: Path, output: str) -> dict[str, bytes]:
        where = "import mlcycle; print(mlcycle.__file__)"
        environment = {"PYTHONPATH": str(path), "PATH": "/usr/bin:/bin"}
        found = subprocess.run(
            [sys.executable, "-c", where],
            cwd=project,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        assert found.stdout.startswith(str(path))
        command = [sys.executable, "-m", "mlcycle.cli.main", "build", "--output", output]
        subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)
        folder = project / output
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    installed = build(target, "installed")
    assert installed
    assert installed == build(REPOSITORY, "repository")
