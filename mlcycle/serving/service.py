"""What a generated service starts: its application, and the loading of its model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from mlcycle.serving import watchdog
from mlcycle.serving.application import Application
from mlcycle.serving.lookups import OnlineStore
from mlcycle.serving.metrics import Metrics
from mlcycle.serving.runtime import LOG, Versions, load_active, start
from mlcycle.serving.settings import Deployment, DeploymentError, Settings, deployment
from mlcycle.steps.manifest import Manifest


class Service:
    """A service of one worker: `app` answers at once, `start` loads the model beside it."""

    def __init__(self, settings: Settings, request: type[BaseModel], environ: Mapping[str, str]) -> None:
        watchdog.tie(environ.get(watchdog.OWNER))
        self._settings = settings
        self._request = request
        self._versions = Versions()
        self._deployed: Deployment | None = None
        try:
            self._deployed = deployment(environ)
        except DeploymentError as error:
            self._versions.problem = str(error)
        self.app = Application(settings, self._deployed or Deployment(), self._versions, Metrics())

    def start(self) -> None:
        """Begin to load. In an environment that cannot be read it never becomes ready."""
        if self._deployed is None:
            LOG.error("not ready: %s", self._versions.problem)
            return
        loading = partial(load_active, self._settings.folder, self._request, self._deployed, _open_store)
        start(self._versions, loading)


def _open_store(repository: Path, manifest: Manifest) -> OnlineStore:
    from mlcycle.serving.online import FeastOnline

    store = FeastOnline(repository)
    store.warm_up(manifest.lookups)
    return store
