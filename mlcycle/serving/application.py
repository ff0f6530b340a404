"""The service's ASGI application: its routes, and one way to answer."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mlcycle.serving.answering import unavailable
from mlcycle.serving.feedback import Feedback
from mlcycle.serving.gate import Gate
from mlcycle.serving.http import Answer, Asked, Gone, Receive, Scope, Send, request_id, respond
from mlcycle.serving.journal import Journal
from mlcycle.serving.keys import Keys
from mlcycle.serving.live import Live
from mlcycle.serving.metrics import CONTENT_TYPE, Metrics
from mlcycle.serving.predict import Predictor
from mlcycle.serving.problem import Problem
from mlcycle.serving.runtime import Versions
from mlcycle.serving.settings import Deployment, Settings

LOG = logging.getLogger("mlcycle.serving")

Route = Callable[[Asked], Awaitable[Answer]]


class Application:
    """Answers the routes of one service; what needs the model answers 503 until there is one."""

    def __init__(
        self,
        settings: Settings,
        deployed: Deployment,
        versions: Versions,
        metrics: Metrics,
        journal: Journal | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._versions = versions
        self._metrics = metrics
        self._clock = clock
        self.gate = Gate(settings.limits, Keys(deployed.api_keys))
        self._routes: Mapping[str, tuple[str, Route]] = {
            "/predict": ("POST", Predictor(self.gate, versions, metrics, journal, clock)),
            "/feedback": ("POST", Feedback(self.gate, versions, journal, clock)),
            "/health/live": ("GET", self._live),
            "/health/ready": ("GET", self._ready),
            "/version": ("GET", self._version),
            "/openapi.json": ("GET", self._openapi),
            "/metrics": ("GET", self._exposition),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"this service does not speak {scope['type']}")
        started = time.perf_counter()
        headers = dict(scope["headers"])
        given_id = request_id(headers)
        try:
            answer = await self._route(scope, Asked(headers, receive, given_id))
        except Gone:
            return
        except Problem as problem:
            answer = Answer(problem.body(given_id), problem.status, headers=problem.headers)
        except Exception:
            LOG.exception("request %s failed", given_id)
            failure = Problem(500, "internal", "The service failed; its log has the request's id.")
            answer = Answer(failure.body(given_id), failure.status)
        await respond(send, answer, given_id)
        path = scope["path"] if scope["path"] in self._routes else "other"
        self._metrics.answered(path, answer.status, time.perf_counter() - started)

    async def _route(self, scope: Scope, asked: Asked) -> Answer:
        route = self._routes.get(scope["path"])
        if route is None:
            raise Problem(404, "not_found", "There is no such path.")
        method, handler = route
        if scope["method"] != method:
            raise Problem(
                405,
                "method_not_allowed",
                f"This path takes {method}.",
                headers=((b"allow", method.encode()),),
            )
        return await handler(asked)

    async def _live(self, asked: Asked) -> Answer:
        return _json({"status": "live"})

    async def _ready(self, asked: Asked) -> Answer:
        loaded = self._answering().champion.loaded
        if loaded.package.manifest.lookups:
            if loaded.store is None:
                raise unavailable()
            try:
                async with asyncio.timeout(self._settings.limits.timeout_seconds):
                    await asyncio.to_thread(loaded.store.ping)
            except Exception as error:
                raise unavailable() from error
        return _json({"status": "ready"})

    async def _version(self, asked: Asked) -> Answer:
        live = self._answering()
        champion = live.champion
        manifest = champion.loaded.package.manifest
        said: dict[str, Any] = {
            "service": self._settings.service,
            "project": manifest.project,
            "model": manifest.model,
            "version": champion.registered,
            "package": champion.digest,
        }
        if live.generation:
            said["generation"] = live.generation
            said["arms"] = [
                {"version": arm.registered, "package": arm.digest, "weight": arm.weight} for arm in live.arms
            ]
        return _json(said)

    async def _openapi(self, asked: Asked) -> Answer:
        """The champion's: every request has to be what it takes."""
        try:
            folder = self._answering().champion.loaded.folder
        except Problem:
            folder = self._settings.folder
        return Answer((folder / "openapi.json").read_bytes())

    def _answering(self) -> Live:
        return self._versions.at(self._clock())

    async def _exposition(self, asked: Asked) -> Answer:
        return Answer(self._metrics.text(), content_type=CONTENT_TYPE)


def _json(value: Mapping[str, Any]) -> Answer:
    return Answer(json.dumps(value, separators=(",", ":")).encode())
