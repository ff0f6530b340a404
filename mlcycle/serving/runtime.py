"""What a worker holds: the active version of the model, and the online store if the model looks things up."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from mlcycle.serving.lookups import OnlineStore
from mlcycle.serving.problem import Problem
from mlcycle.serving.settings import Deployment, DeploymentError
from mlcycle.serving.version import Version
from mlcycle.steps.manifest import Manifest, PackageError
from mlcycle.steps.package import load

LOG = logging.getLogger("mlcycle.serving")

#: Names the package that a service starts with; beside it are the packages themselves, by digest.
ACTIVE = "active.json"

RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Everything a request is answered with. Replaced as a whole, so that no request sees half a change."""

    version: Version
    store: OnlineStore | None


class Versions:
    """The loaded versions by digest, and the one that answers.

    `activate` replaces one reference; a request keeps the one it began with.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, Loaded] = {}
        self._active: Loaded | None = None
        self.problem = "the model is loading"

    @property
    def active(self) -> Loaded:
        """What answers now. Raises a 503 Problem while there is nothing."""
        if self._active is None:
            raise Problem(503, "not_ready", f"Not ready: {self.problem}.", headers=((b"retry-after", b"1"),))
        return self._active

    def add(self, loaded: Loaded) -> None:
        """Hold a version without giving it requests."""
        self._loaded[loaded.version.package.digest] = loaded

    def activate(self, digest: str) -> None:
        """Give all requests that begin from now on to a held version. Raises KeyError for any other."""
        self._active = self._loaded[digest]


def load_active(
    folder: Path,
    request: type[BaseModel],
    deployment: Deployment,
    open_store: Callable[[Path, Manifest], OnlineStore],
) -> Loaded:
    """Load the package that `folder`/packages/active.json names, and open the store if it needs one.

    Raises PackageError, DeploymentError, or whatever the store raises.
    """
    try:
        digest = json.loads((folder / "packages" / ACTIVE).read_bytes())["package"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackageError(f"packages/{ACTIVE}: {error}") from error
    package = load(folder / "packages" / str(digest), str(digest))
    store = None
    if package.manifest.lookups and deployment.feature_repository is not None:
        store = open_store(deployment.feature_repository, package.manifest)
    return Loaded(version=Version(package, request), store=store)


def start(versions: Versions, loading: Callable[[], Loaded]) -> threading.Thread:
    """Load in a thread of its own, so that the worker already says that it lives, and is not ready.

    What will not change by waiting (a damaged package) is final; anything else, an online store that is not
    there yet, is tried again.
    """

    def work() -> None:
        while not _try(versions, loading):
            time.sleep(RETRY_SECONDS)

    thread = threading.Thread(target=work, name="mlcycle-loading", daemon=True)
    thread.start()
    return thread


def _try(versions: Versions, loading: Callable[[], Loaded]) -> bool:
    """Load once; returns whether there is no more to do."""
    try:
        loaded = loading()
    except (PackageError, DeploymentError) as error:
        versions.problem = str(error)
        LOG.error("not ready, and will not be: %s", error)
        return True
    except Exception as error:
        versions.problem = "loading failed, and is tried again"
        LOG.exception("not ready: %s", error)
        return False
    versions.add(loaded)
    versions.activate(loaded.version.package.digest)
    LOG.info("ready with package %s", loaded.version.package.digest)
    return True


def clock(deployment: Deployment) -> Callable[[], datetime]:
    """The time that ttl is counted to: UTC, naive."""
    fixed = deployment.now
    if fixed is not None:
        return lambda: fixed
    return lambda: datetime.now(UTC).replace(tzinfo=None)
