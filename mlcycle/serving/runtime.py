"""What a worker answers with, now and next; and the loading of packages."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from mlcycle.serving.live import Live, Loaded, Shell
from mlcycle.serving.lookups import OnlineStore
from mlcycle.serving.problem import Problem
from mlcycle.serving.settings import Deployment, Settings
from mlcycle.serving.terms import read_terms
from mlcycle.steps.manifest import Manifest, PackageError, parse_manifest, sha256
from mlcycle.steps.package import MANIFEST, load

LOG = logging.getLogger("mlcycle.serving")

#: Names the package that a service starts with; beside it are the packages themselves, by digest.
ACTIVE = "active.json"

OpenStore = Callable[[Path, Manifest], OnlineStore]


class Versions:
    """What answers, and what will from a moment on.

    Requests read, from the event loop; one thread writes. Each of its steps replaces one reference, so that
    a request has the old or the new, whole; it keeps the one it began with.
    """

    def __init__(self) -> None:
        self._active: Live | None = None
        self._next: Live | None = None
        self.problem = "the model is loading"

    def at(self, moment: float) -> Live:
        """What answers requests that begin at `moment` (seconds since 1970). Raises a 503 Problem while it
        is nothing.

        Exact in every worker: the change is looked up by each request, and waits for nobody's turn.
        """
        coming = self._next
        live = coming if coming is not None and coming.effective_at <= moment else self._active
        if live is None:
            raise Problem(503, "not_ready", f"Not ready: {self.problem}.", headers=((b"retry-after", b"1"),))
        return live

    def follow(self, live: Live, moment: float) -> None:
        """Answer with `live` from its `effective_at` on; another one that was still to come is dropped."""
        self.settle(moment)
        self._next = live

    def settle(self, moment: float) -> Live | None:
        """Forget what was replaced before `moment`; returns what answers then."""
        coming = self._next
        if coming is not None and coming.effective_at <= moment:
            self._active = coming
            self._next = None
        return self._active

    @property
    def coming(self) -> Live | None:
        """What is to answer later."""
        return self._next

    def packages(self) -> set[str]:
        """The digests of what answers now or next."""
        return {arm.digest for live in (self._active, self._next) if live for arm in live.arms}


def active_package(folder: Path) -> str:
    """The digest that `folder`/packages/active.json names. Raises PackageError."""
    try:
        return str(json.loads((folder / "packages" / ACTIVE).read_bytes())["package"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackageError(f"packages/{ACTIVE}: {error}") from error


def shell(settings: Settings, request: type[BaseModel], deployment: Deployment) -> Shell:
    """The generated service, with what its request type was generated for. Raises PackageError."""
    digest = active_package(settings.folder)
    content = (settings.folder / "packages" / digest / MANIFEST).read_bytes()
    if sha256(content) != digest:
        raise PackageError(f"package {digest[:12]} has another manifest")
    return Shell(
        request=request,
        deployment=deployment,
        max_rows=settings.limits.max_rows,
        manifest=parse_manifest(content),
        terms=read_terms(settings.folder),
    )


def load_package(folder: Path, digest: str, deployment: Deployment, open_store: OpenStore) -> Loaded:
    """Load a package of a generated folder, and open the online store if it needs one.

    Raises PackageError, or whatever the store raises.
    """
    package = load(folder / "packages" / digest, digest)
    terms = read_terms(folder)
    store = None
    if package.manifest.lookups and deployment.feature_repository is not None:
        store = open_store(deployment.feature_repository, package.manifest)
    return Loaded(package=package, store=store, folder=folder, terms=terms)
