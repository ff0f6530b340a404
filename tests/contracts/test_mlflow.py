"""MLflow keeps to the contracts of registry and tracker, over its SQLite database and over its server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlcycle.adapters.mlflow.registry import MlflowRegistry
from mlcycle.adapters.mlflow.tracker import MlflowTracker
from mlcycle.port_contracts import registry as registries
from mlcycle.port_contracts import tracker as trackers
from mlcycle.ports import Registry, Tracker
from tests.support.mlflow_store import mlflow_server, mlflow_store

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mlflow_server")]


@dataclass(frozen=True)
class Place:
    """Where MLflow is; `files` is where a database keeps them, and a server does so itself."""

    uri: str
    folder: Path
    files: Path | None


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = mlflow_store(tmp_path_factory.mktemp("served"))
    with mlflow_server(folder) as address:
        yield Place(address, folder, None)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = mlflow_store(tmp_path_factory.mktemp("embedded"))
    return Place(f"sqlite:///{folder / 'mlflow.db'}", folder, folder / "files")


@pytest.fixture(params=["embedded", "served"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def registry(place: Place) -> Registry:
    return MlflowRegistry(tracking_uri=place.uri, cache=place.folder / "cache", artifact_root=place.files)


@pytest.fixture
def tracker(place: Place) -> Tracker:
    return MlflowTracker(tracking_uri=place.uri, artifact_root=place.files)


@pytest.mark.parametrize("contract", registries.CONTRACTS, ids=lambda contract: contract.__name__)
def test_the_registry_keeps_to(contract: registries.Contract, registry: Registry, tmp_path: Path) -> None:
    contract(registry, tmp_path)


@pytest.mark.parametrize("contract", trackers.CONTRACTS, ids=lambda contract: contract.__name__)
def test_the_tracker_keeps_to(contract: trackers.Contract, tracker: Tracker, tmp_path: Path) -> None:
    contract(tracker, tmp_path)
