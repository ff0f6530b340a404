"""Feast imported so that it leaves the rest of the process alone."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from mlcycle.serving.redis_address import opened

if TYPE_CHECKING:
    from pathlib import Path

    from feast import FeatureStore

_VARIABLES = ("PROMETHEUS_MULTIPROCESS_DIR", "PROMETHEUS_MULTIPROC_DIR")


def open_store(folder: Path, password: str | None = None) -> FeatureStore:
    """A Feast store over the repository in `folder`; `password` is that of its online store.

    Feast's metrics, imported with the first read, point two environment variables at a folder of their own.
    That would turn every Prometheus value of this process and of its children (a service, say) into files
    there. So the client is imported first, and what Feast wrote to the environment is taken back.
    """
    before = {name: os.environ.get(name) for name in _VARIABLES}
    for module in ("prometheus_client", "feast.metrics"):
        importlib.import_module(module)
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
    from feast import FeatureStore

    store = FeatureStore(repo_path=str(folder))
    store.config.online_config = opened(store.config.online_config, password)
    return store
