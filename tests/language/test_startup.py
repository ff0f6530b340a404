"""Checking starts fast: it imports none of the heavy libraries, and no kind that the spec does not name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_HEAVY = {
    "bentoml", "dagster", "duckdb", "feast", "holidays", "matplotlib", "mlflow", "numpy", "onnx",
    "onnxruntime", "pandas", "pandera", "polars", "pyarrow", "scipy", "sklearn", "skl2onnx", "sqlalchemy",
    "sqlglot", "starlette", "xgboost",
}  # fmt: skip

_CODE = """
import json, sys
from pathlib import Path
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import load_spec
assert load_spec(Path(sys.argv[1]), sys.argv[2], find_kinds()).project
print(json.dumps(sorted(sys.modules)))
"""


def _imported(root: Path, file: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", _CODE, str(root), file], capture_output=True, text=True, check=True
    )
    return set(json.loads(ran.stdout))


def test_reading_the_example_imports_nothing_heavy(repository: Path) -> None:
    modules = _imported(repository, "specs/flight_delays.yaml")
    assert {name.split(".")[0] for name in modules} & _HEAVY == set()
    assert not [name for name in modules if name.startswith("mlcycle.") and name.endswith(".work")]


def test_only_the_kinds_that_are_named_are_imported(tmp_path: Path) -> None:
    text = "mlcycle: 1\nsources:\n  users: {kind: csv, path: users.csv}\n"
    (tmp_path / "shop.yaml").write_text(text)
    kinds = {name for name in _imported(tmp_path, "shop.yaml") if name.endswith(".spec")}
    assert kinds == {"mlcycle.kinds.sources.csv.spec"}
