"""What is particular to MLflow's registry: files, signatures, and what a killed process leaves behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from mlcycle.adapters.mlflow.registry import MlflowRegistry
from mlcycle.adapters.mlflow.signature import model_signature
from mlcycle.ports import Version
from tests.support.command import forked
from tests.support.mlflow_store import mlflow_store

pytestmark = pytest.mark.slow

REQUEST = [
    {"name": "carrier", "dtype": "string", "nullable": False},
    {"name": "seats", "dtype": "int64", "nullable": True},
    {"name": "distance", "dtype": "float64", "nullable": True},
    {"name": "scheduled_departure", "dtype": "timestamp", "nullable": False},
]
SIGNATURE: dict[str, Any] = {"request": REQUEST, "task": "binary_classification"}
MODEL = "flight_delays.late"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose `mlflow.db` has its tables."""
    return mlflow_store(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture(scope="module")
def package(store: Path) -> Path:
    from onnx import TensorProto, helper, save_model

    node = helper.make_node("Identity", ["x"], ["y"])
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None]) for name in ("x", "y")]
    graph = helper.make_graph([node], "g", value[:1], value[1:])
    folder = store / "package"
    folder.mkdir()
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    save_model(made, folder / "model.onnx")
    (folder / "manifest.json").write_text("{}")
    return folder


def registry(store: Path) -> MlflowRegistry:
    return MlflowRegistry(
        tracking_uri=f"sqlite:///{store / 'mlflow.db'}", cache=store / "cache", artifact_root=store / "files"
    )


def register(store: Path, package: Path, model: str = MODEL, **changed: Any) -> Version:
    given = {"package_digest": "a" * 64, "evidence_digest": "b" * 64, "run_id": "", "signature": SIGNATURE}
    return registry(store).register(
        model=model, package=package, tags={"mlcycle.project": "p"}, **{**given, **changed}
    )


def test_the_files_go_below_the_artifact_root(store: Path, package: Path) -> None:
    assert Path(register(store, package, "where.files").package_path).is_relative_to(store / "files")


def test_a_registry_that_cannot_be_asked_raises(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"this is no database at all, whatever its name says" * 100)
    with pytest.raises(Exception, match="not a database"):
        registry(tmp_path).standing(MODEL)


def test_mlflow_reads_the_graph_and_the_signature(store: Path, package: Path) -> None:
    from mlflow.models import Model

    version = register(store, package)
    described = Model.load(str(Path(version.package_path).parent))
    assert described.signature is not None
    assert described.signature.inputs.input_names() == [column["name"] for column in REQUEST]
    assert set(described.flavors) == {"onnx", "mlcycle"}
    import mlflow.onnx

    assert mlflow.onnx.load_model(str(Path(version.package_path).parent)).graph.node[0].op_type == "Identity"


def test_a_whole_number_that_may_be_missing_is_declared_as_a_float() -> None:
    signature = model_signature(SIGNATURE)
    types = {column.name: (column.type.name, column.required) for column in signature.inputs}
    assert types == {
        "carrier": ("string", True),
        "seats": ("double", False),
        "distance": ("double", False),
        "scheduled_departure": ("datetime", True),
    }


def test_nothing_is_registered_without_a_signature(store: Path, package: Path) -> None:
    with pytest.raises(ValueError, match="no signature to register"):
        register(store, package, "no.signature", signature={"request": [], "task": "regression"})
    assert registry(store).get("no.signature", "1") is None


def die(method: str, moment: str, store: Path, package: Path) -> None:
    """Register a version, killed before or after MLflow's client has done its part."""
    from mlflow.tracking import MlflowClient

    real = getattr(MlflowClient, method)

    def dying(*args: Any, **kwargs: Any) -> None:
        if moment == "after":
            real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(MlflowClient, method, dying)
    register(store, package, f"killed.{method}.{moment}")


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("method", ["log_artifacts", "create_model_version"])
def test_kill_9_leaves_at_most_one_version(store: Path, package: Path, method: str, moment: str) -> None:
    child = forked(die, method, moment, store, package)
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    model = f"killed.{method}.{moment}"
    version = register(store, package, model)
    assert version.version == "1"
    assert registry(store).get(model, "2") is None
    assert (Path(version.package_path) / "model.onnx").read_bytes() == (package / "model.onnx").read_bytes()
