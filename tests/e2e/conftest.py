"""The example on a slice of its flights, built once by the real command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from mlcycle import composition
from mlcycle.engine.runner import Runner
from mlcycle.language.workspace import LOCAL
from mlcycle.projects import compile_specs
from tests.support.command import mlcycle
from tests.support.project import sliced_project

SPEC = "specs/flight_delays.yaml"


@dataclass(frozen=True)
class Example:
    """A folder with the example and what the command printed when it was built."""

    root: Path
    output: str = ""

    def runner(self) -> Runner:
        (graph,) = compile_specs(self.root, (SPEC,))
        return composition.runner(graph, LOCAL, self.root)


def prepared(folder: Path, *, served: bool = False) -> Example:
    """The example with few flights and a limit that they can reach; served: without its second model."""
    root = sliced_project(folder, flights=8000, served=served)
    spec = root / SPEC
    text = spec.read_text()
    assert "min: 0.66, confidence" in text
    spec.write_text(text.replace("min: 0.66, confidence", "min: 0.55, confidence"))
    return Example(root=root)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The example after `mlcycle run`."""
    example = prepared(tmp_path_factory.mktemp("example") / "project")
    done = mlcycle(example.root, "run", SPEC)
    assert done.returncode == 0, done.stdout + done.stderr
    return Example(root=example.root, output=done.stdout + done.stderr)
