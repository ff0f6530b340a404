"""Services that have a champion: what they are told, and how they are started."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE, Span

if TYPE_CHECKING:
    from mlcycle.adapters.bentoml.process import Running
    from mlcycle.graph.node import Graph
    from mlcycle.language.workspace import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A service with its champion.

    path: what is started. environ: what it is told. key: one that it accepts, where it asks for keys.
    home: where the environment keeps things of services on this machine.
    """

    project: str
    name: str
    model: str
    version: str
    path: Path
    environ: Mapping[str, str]
    key: str | None
    home: Path

    @property
    def address_file(self) -> Path:
        """Where a running `mlcycle serve` says its address."""
        return self.home / "addresses" / f"{self.project}.{self.name}.json"

    @property
    def log(self) -> Path:
        return self.home / "logs" / f"{self.project}.{self.name}.log"

    @contextmanager
    def running(self, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Running]:
        """Start it in processes of its own and wait until it is ready; port 0 takes a free one.

        Raises Refused (MLC807) with the end of its log if it does not come up.
        """
        from mlcycle.adapters.bentoml.process import NotStarted, start

        self.log.parent.mkdir(parents=True, exist_ok=True)
        environ, homes = {**os.environ, **self.environ}, self.home / "running"
        with start(self.path, homes=homes, environ=environ, host=host, port=port, log=self.log) as started:
            try:
                started.wait_ready()
            except NotStarted as error:
                message = f"the service `{self.name}` did not start: {error}"
                raise Refused((Diagnostic(code="MLC807", message=message, span=NOWHERE),)) from None
            yield started

    @contextmanager
    def announced(self, url: str) -> Iterator[None]:
        """Let others find the running service under `url`."""
        self.address_file.parent.mkdir(parents=True, exist_ok=True)
        self.address_file.write_text(json.dumps({"url": url, "process": os.getpid()}))
        try:
            yield
        finally:
            self.address_file.unlink(missing_ok=True)


def deployed(graph: Graph, name: str, environment: Environment, root: Path, span: Span = NOWHERE) -> Deployed:
    """A service of a project. Raises Refused (MLC802) for one that was never rolled out there."""
    from mlcycle.composition import rollouts, state_folder
    from mlcycle.control.told import service_now
    from mlcycle.store.results import Results

    store = rollouts(environment, root)
    champion = store.state(f"{graph.project}/{name}").champion
    if champion is None or not Path(champion.path).is_dir():
        message = f"the service `{name}` was not rolled out in {environment.name} yet"
        help_line = f"mlcycle run {graph.spec_file}"
        raise Refused((Diagnostic(code="MLC802", message=message, span=span, help=help_line),))
    results = Results(engine=store.engine, environment=environment.name)
    now = service_now(results, graph.project, environment.now)
    home = state_folder(environment, root)
    keys = _keys(environment)
    return Deployed(
        project=graph.project,
        name=name,
        model=champion.model,
        version=champion.version,
        path=Path(champion.path),
        environ={
            **_environ(home, graph.project, name, version=champion.version, now=now, keys=keys),
            **_online(environment),
        },
        key=keys.split(",")[0].strip() if keys is not None else None,
        home=home / "bentoml",
    )


def _environ(
    home: Path, project: str, name: str, *, version: str, now: str | None, keys: str | None
) -> dict[str, str]:
    """What the service is told by its environment."""
    from mlcycle.control.places import predictions_folder, traffic_folder
    from mlcycle.serving.settings import API_KEYS, FEATURE_REPOSITORY, LOG, MODEL_VERSION, NOW, TRAFFIC

    service = f"{project}/{name}"
    told = {
        MODEL_VERSION: version,
        FEATURE_REPOSITORY: str(home / "feast" / project),
        TRAFFIC: str(traffic_folder(home, service)),
        LOG: str(predictions_folder(home, service)),
    }
    told |= {NOW: now} if now is not None else {}
    return told | ({API_KEYS: keys} if keys is not None else {})


def _online(environment: Environment) -> dict[str, str]:
    """The password of the online store, which is in no file that the service reads."""
    from mlcycle.composition import online_password
    from mlcycle.serving.online_address import PASSWORD

    password = online_password(environment)
    return {} if password is None else {PASSWORD: password}


def _keys(environment: Environment) -> str | None:
    """The keys that the service accepts; None where it asks for none."""
    if environment.api_keys_env is None:
        return None
    keys = os.environ.get(environment.api_keys_env, "")
    if not keys:
        message = f"the environment variable {environment.api_keys_env} with the service's keys is not set"
        raise Refused((Diagnostic(code="MLC806", message=message, span=environment.span),))
    return keys
