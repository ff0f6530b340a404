"""Clients of a tracking server or database: no global state of MLflow is set."""

from __future__ import annotations

from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
    ErrorCode,
)
from mlflow.tracking import MlflowClient


def client(tracking_uri: str, registry_uri: str | None = None) -> MlflowClient:
    """A client; the folder of a SQLite file is made if it is not there."""
    for uri in (tracking_uri, registry_uri or ""):
        if uri.startswith("sqlite:///"):
            Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    return MlflowClient(tracking_uri=tracking_uri, registry_uri=registry_uri or tracking_uri)


def experiment(of: MlflowClient, name: str, artifact_root: Path | None) -> str:
    """The id of the experiment of that name, made if it is not there; its files go below `artifact_root`."""
    found = of.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    location = None if artifact_root is None else (artifact_root / name).absolute().as_uri()
    try:
        return str(of.create_experiment(name, artifact_location=location))
    except MlflowException as error:
        if not exists(error):
            raise
        return str(of.get_experiment_by_name(name).experiment_id)


def absent(error: MlflowException) -> bool:
    """Whether the error says that the thing asked for does not exist."""
    return bool(error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST))


def exists(error: MlflowException) -> bool:
    """Whether the error says that the thing to be made is already there."""
    return bool(error.error_code == ErrorCode.Name(RESOURCE_ALREADY_EXISTS))
