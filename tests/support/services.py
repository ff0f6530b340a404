"""Services made by hand: a generated folder around a small package, and its application in this process."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel

from mlcycle import __version__
from mlcycle.emit.render import write_tree
from mlcycle.emit.service import active_package as active_text
from mlcycle.emit.service import service_files
from mlcycle.emit.service_view import ServiceView, service_view
from mlcycle.kinds.services.wheel import runtime_wheel, wheel_name
from mlcycle.serving.application import Application
from mlcycle.serving.journal import Journal
from mlcycle.serving.live import alone
from mlcycle.serving.lookups import Found, OnlineStore, Values
from mlcycle.serving.metrics import Metrics
from mlcycle.serving.runtime import Versions, active_package, load_package, shell
from mlcycle.serving.settings import Deployment, Limits, Settings
from mlcycle.steps.manifest import Lookup
from tests.support.packages import make_package, manifest

LIMITS = {"timeout_seconds": 1.0, "max_concurrency": 64, "max_body_bytes": 262_144, "max_rows": 1000}


def view(
    task: str = "binary_classification", model: dict[str, Any] | None = None, **service: Any
) -> ServiceView:
    """The view of a service over the hand-made package, or over the one that `model` declares."""
    declared = {"name": "delays_api", "model": "late", "limits": LIMITS, **service}
    return service_view(
        project="flights", spec_file="specs/flights.yaml", service=declared, declared=model or manifest(task)
    )


def make_service(
    folder: Path,
    task: str = "binary_classification",
    *,
    model: bytes | None = None,
    declared: dict[str, Any] | None = None,
    examples: list[dict[str, Any]] | None = None,
    **service: Any,
) -> str:
    """Write a whole generated folder, package and wheel included; returns the package's digest."""
    digest = make_package(folder / "new", task, model, declared=declared, examples=examples)
    (folder / "packages").mkdir()
    shutil.move(folder / "new", folder / "packages" / digest)
    files: dict[str, str | bytes] = {
        **service_files(view(task, declared, **service)),
        "packages/active.json": active_text(digest),
        f"wheels/{wheel_name(__version__)}": runtime_wheel(__version__),
    }
    write_tree(folder, files)
    return digest


def request_type(folder: Path) -> type[BaseModel]:
    """The generated request type, imported without touching `sys.modules`."""
    spec = importlib.util.spec_from_file_location("generated_request", folder / "request.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: type[BaseModel] = module.Request
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind.model_rebuild(_types_namespace=vars(module))
    return found


def application(
    folder: Path,
    *,
    store: OnlineStore | None = None,
    limits: Limits | None = None,
    deployed: Deployment | None = None,
    journal: Journal | None = None,
) -> Application:
    """The service of a generated folder, loaded; it has time to answer, whatever else the machine does."""
    deployed = deployed or Deployment()
    versions = Versions()
    settings = Settings(service="delays_api", folder=folder, limits=limits or Limits(timeout_seconds=10))
    around = shell(settings, request_type(folder), deployed)
    loaded = load_package(folder, active_package(folder), deployed, lambda path, manifest: Dead())
    versions.follow(alone(around, replace(loaded, store=store)), 0.0)
    return Application(settings, deployed, versions, Metrics(), journal)


def client(app: Application) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://service")


class Weather:
    """An online store in memory: the weather at two airports, known since noon."""

    SINCE = datetime(2013, 11, 28, 12)

    def read(self, views: Sequence[tuple[Lookup, Sequence[Values]]]) -> Sequence[Sequence[Found | None]]:
        return [[self._find(key["origin"]) for key in keys] for _, keys in views]

    def _find(self, origin: str) -> Found | None:
        known = {
            "JFK": {"temperature": 41.0, "wind_speed": 9.0},
            "EWR": {"temperature": None, "wind_speed": 3.0},
        }
        return Found(values=known[origin], at=self.SINCE) if origin in known else None

    def ping(self) -> None:
        """Always there."""


class Dead:
    """A store that cannot be reached."""

    def read(self, views: Sequence[tuple[Lookup, Sequence[Values]]]) -> Sequence[Sequence[Found | None]]:
        raise ConnectionRefusedError("no one listens")

    def ping(self) -> None:
        raise ConnectionRefusedError("no one listens")
