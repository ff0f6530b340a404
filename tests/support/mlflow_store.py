"""A tracking database with its tables, made once for a run of the suite and copied."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path


@cache
def _template() -> Path:
    from mlcycle.adapters.mlflow.client import client

    folder = Path(tempfile.mkdtemp(prefix="mlcycle-mlflow-"))
    client(f"sqlite:///{folder / 'mlflow.db'}").search_experiments(max_results=1)
    return folder / "mlflow.db"


def mlflow_store(folder: Path) -> Path:
    """Put an empty `mlflow.db` into `folder`; MLflow takes seconds to make one. Returns the folder."""
    shutil.copy(_template(), folder / "mlflow.db")
    return folder
