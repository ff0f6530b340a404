"""What a generated service starts: its application, and what loads and follows beside it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from mlcycle.serving import traffic, trial, watchdog
from mlcycle.serving.application import Application
from mlcycle.serving.follow import RETRY_SECONDS, Follower
from mlcycle.serving.journal import Journal
from mlcycle.serving.live import Loaded, Shell, agreed, alone
from mlcycle.serving.log import MOST_SECONDS, PredictionLog
from mlcycle.serving.lookups import OnlineStore
from mlcycle.serving.metrics import Metrics
from mlcycle.serving.runtime import LOG, Versions, active_package, load_package, shell
from mlcycle.serving.settings import Deployment, DeploymentError, Settings, deployment
from mlcycle.steps.manifest import Manifest, PackageError


class Service:
    """A service of one worker: `app` answers at once, `start` loads the model beside it."""

    def __init__(self, settings: Settings, request: type[BaseModel], environ: Mapping[str, str]) -> None:
        watchdog.tie(environ.get(watchdog.OWNER))
        self._settings = settings
        self._request = request
        self._worker = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._versions = Versions()
        self._deployed: Deployment | None = None
        try:
            self._deployed = deployment(environ)
        except DeploymentError as error:
            self._versions.problem = str(error)
        metrics = Metrics()
        deployed = self._deployed or Deployment()
        self.app = Application(settings, deployed, self._versions, metrics, self._journal(deployed, metrics))

    def _journal(self, deployed: Deployment, metrics: Metrics) -> Journal | None:
        if deployed.log is None:
            return None
        log = PredictionLog(deployed.log, self._worker, metrics)
        return Journal(log, MOST_SECONDS, deployed.origin or "live")

    def start(self) -> None:
        """Begin to load. In an environment that cannot be read it never becomes ready."""
        if self._deployed is None:
            LOG.error("not ready: %s", self._versions.problem)
            return
        threading.Thread(
            target=self._work, args=(self._deployed,), name="mlcycle-loading", daemon=True
        ).start()

    def _work(self, deployed: Deployment) -> None:
        """Load in a thread of its own, so that the worker already says that it lives, and is not ready."""
        around = self._shell(deployed)
        if around is None:
            return
        follower = self._follower(deployed, around)
        if follower is None or not follower.found:
            while not self._load_own(deployed, around, follower):
                time.sleep(RETRY_SECONDS)
        while follower is not None:
            time.sleep(follower.step())

    def _shell(self, deployed: Deployment) -> Shell | None:
        try:
            return shell(self._settings, self._request, deployed)
        except (PackageError, OSError) as error:
            self._final(error)
            return None

    def _follower(self, deployed: Deployment, around: Shell) -> Follower | None:
        if deployed.traffic is None:
            return None

        def load(arm: traffic.Arm) -> Loaded:
            folder = Path(arm.folder)
            trial.tried(folder / "packages" / arm.package, arm.package)
            return load_package(folder, arm.package, deployed, partial(_open_store, deployed.online_password))

        self._attending = _attend(deployed.traffic, self._worker)
        return Follower(
            deployed.traffic, self._worker, self._versions, load=load, agree=partial(agreed, around)
        )

    def _load_own(self, deployed: Deployment, around: Shell, follower: Follower | None) -> bool:
        """Answer with the service's own package; returns whether there is no more to do.

        What will not change by waiting (a damaged package) is final; anything else, an online store that is
        not there yet, is tried again.
        """
        folder = self._settings.folder
        try:
            loaded = load_package(
                folder, active_package(folder), deployed, partial(_open_store, deployed.online_password)
            )
        except PackageError as error:
            self._final(error)
            return True
        except Exception as error:
            self._versions.problem = "loading failed, and is tried again"
            LOG.exception("not ready: %s", error)
            return follower is not None and follower.found
        self._versions.follow(alone(around, loaded), time.time())
        if follower is not None:
            follower.hold(loaded)
        LOG.info("ready with package %s", loaded.package.digest)
        return True

    def _final(self, error: Exception) -> None:
        self._versions.problem = str(error)
        LOG.error("not ready, and will not be: %s", error)


def _attend(folder: Path, worker: str) -> int | None:
    try:
        return traffic.attend(folder, worker)
    except OSError as error:
        LOG.error("the traffic folder cannot be written: %s", error)
        return None


def _open_store(password: str | None, repository: Path, manifest: Manifest) -> OnlineStore:
    from mlcycle.serving.online import FeastOnline

    store = FeastOnline(repository, password)
    store.warm_up(manifest.lookups)
    return store
