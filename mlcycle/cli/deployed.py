"""Services that have a champion: finding them, what they are told, and where one is running."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE, Span

if TYPE_CHECKING:
    from mlcycle.adapters.bentoml.process import Running
    from mlcycle.cli.project import Opened
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

    @contextmanager
    def controlled(self, root: Path, environment: str, heard: Callable[[str], None]) -> Iterator[None]:
        """Steer its rollouts, in a process beside it; `heard` is told of every move."""
        from mlcycle.cli.keeper import kept

        name = f"{self.project}/{self.name}"
        command = [sys.executable, "-m", "mlcycle.cli.main", "control", name, "--env", environment]
        log = self.log.with_name(f"{self.project}.{self.name}.rollouts.log")
        with kept(command, environ=os.environ, folder=root, log=log, heard=heard):
            yield


def find(opened: Opened, name: str, environment: str) -> Deployed:
    """The service `name` or `project/name`. Raises Refused: MLC801 unknown, MLC802 never rolled out."""
    graph, service, span = declared(opened, name)
    return _deployed(graph, service, opened.environment(environment), opened.root, span)


def declared(opened: Opened, name: str) -> tuple[Graph, str, Span]:
    """The spec that declares the service. Specs with mistakes are passed over."""
    found: dict[str, tuple[Graph, str, Span]] = {}
    for file in opened.workspace.specs:
        graph = opened.compile(file).graph
        if graph is None:
            continue
        for node in graph.nodes:
            if node.name.endswith("/rollout"):
                service = node.name.split("/")[2]
                found[f"{graph.project}/{service}"] = (graph, service, node.span)
    opened.schemas.save()
    matching = [full for full in found if name in (full, full.split("/")[1])]
    if len(matching) == 1:
        return found[matching[0]]
    raise _unknown(name, matching or list(found), ambiguous=bool(matching))


def _unknown(name: str, known: list[str], *, ambiguous: bool) -> Refused:
    from mlcycle.diagnostics.suggest import did_you_mean

    if ambiguous:
        message, hint = f"several projects have a service `{name}`", f"write one of {', '.join(known)}"
    else:
        message = f"no spec declares a service `{name}`"
        names = [full.split("/")[1] for full in known]
        listed = f"there is {', '.join(names)}" if names else "no spec without mistakes declares one"
        hint = did_you_mean(name, names) or listed
    return Refused((Diagnostic(code="MLC801", message=message, span=NOWHERE, help=hint),))


def _deployed(graph: Graph, name: str, environment: Environment, root: Path, span: Span) -> Deployed:
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
    from mlcycle.serving.redis_address import PASSWORD

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
