"""A worker in this process that follows a traffic folder, step by step, by a clock of the test's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from mlcycle.serving import records, traffic
from mlcycle.serving.application import Application
from mlcycle.serving.follow import Follower
from mlcycle.serving.journal import Journal
from mlcycle.serving.live import agreed
from mlcycle.serving.log import PredictionLog
from mlcycle.serving.lookups import OnlineStore
from mlcycle.serving.metrics import Metrics
from mlcycle.serving.runtime import Versions, load_package, shell
from mlcycle.serving.settings import Deployment, Limits, Settings
from tests.support.services import Weather, client, request_type


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self, seconds: float = 1000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


class Worker:
    """The service of `own`, on a traffic folder and a log below `home`."""

    def __init__(
        self,
        own: Path,
        home: Path,
        *,
        limits: Limits | None = None,
        store: OnlineStore | None = None,
        deployed: Deployment | None = None,
    ) -> None:
        self.home = home
        self.clock = Clock()
        deployed = deployed or Deployment(feature_repository=home)
        settings = Settings(service="delays_api", folder=own, limits=limits or Limits())
        around = shell(settings, request_type(own), deployed)
        self.versions = Versions()
        self.loaded: list[str] = []
        self.log = PredictionLog(home / "log", "w", metrics := Metrics())
        self.app = Application(
            settings, deployed, self.versions, metrics, Journal(self.log, 3600), clock=self.clock
        )

        def load(arm: traffic.Arm) -> Any:
            self.loaded.append(arm.package)
            folder = Path(arm.folder)
            return load_package(folder, arm.package, deployed, lambda path, manifest: store or Weather())

        self.follower = Follower(
            home, "w", self.versions, load=load, agree=partial(agreed, around), clock=self.clock
        )

    def told(self, generation: int, *arms: traffic.Arm, at: float = 0.0, **more: Any) -> None:
        """Write a document and look at it once."""
        document = traffic.Traffic(generation=generation, effective_at=at, arms=arms, **more)
        traffic.write(self.home, document)
        self.follower.step()

    def acknowledged(self) -> traffic.Acknowledgement:
        (found,) = traffic.acknowledgements(self.home)
        return found

    def ask(
        self, rows: Sequence[dict[str, Any]], *, path: str = "/predict", count: int = 1, **headers: str
    ) -> list[httpx.Response]:
        """Ask for the same rows `count` times at once."""
        return self.ask_all([{"rows": list(rows)}] * count, path=path, **headers)

    def ask_all(
        self, bodies: Sequence[Any], *, path: str = "/predict", **headers: str
    ) -> list[httpx.Response]:
        async def work() -> list[httpx.Response]:
            async with client(self.app) as service:
                found = await asyncio.gather(
                    *(service.post(path, json=body, headers=headers) for body in bodies)
                )
                await idle()
                return list(found)

        return asyncio.run(work())

    def get(self, path: str) -> httpx.Response:
        async def work() -> httpx.Response:
            async with client(self.app) as service:
                return await service.get(path)

        return asyncio.run(work())

    def records(self, kind: str = records.PREDICTIONS) -> list[dict[str, Any]]:
        return logged(self.home / "log", kind)


async def idle() -> None:
    """Wait for everything that runs in the background."""
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0.001)


def logged(folder: Path, kind: str = records.PREDICTIONS) -> list[dict[str, Any]]:
    """The records of a kind below a log's folder."""
    paths = records.segments(folder, kind)
    return [dict(record) for path in paths for record, _ in records.read(path)]


def arm(folder: Path, weight: float, version: str = "1") -> traffic.Arm:
    """The package that a generated folder came with."""
    digest = json.loads((folder / "packages" / "active.json").read_text())["package"]
    return traffic.Arm(version=version, package=digest, folder=str(folder), weight=weight)
