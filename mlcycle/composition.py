"""Where the parts are put together: environments become settings and adapters, graphs become runners.

Adapters are made on first use, as each imports a heavy library.
"""

from __future__ import annotations

import getpass
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlcycle.engine.events import Listener, silent
from mlcycle.engine.plan import Plan
from mlcycle.engine.report import RunReport
from mlcycle.engine.runner import Runner, system_clock
from mlcycle.engine.selection import Options
from mlcycle.engine.session import HOME, Session, Settings
from mlcycle.graph.node import Graph
from mlcycle.language.secrets import resolve
from mlcycle.language.workspace import LOCAL, Environment
from mlcycle.ports import FeatureStore, Ports
from mlcycle.serving.online_addresses import online_address, without_credentials
from mlcycle.serving.online_tables import SQLITE_TYPE
from mlcycle.store.database import connect
from mlcycle.store.result import Result
from mlcycle.store.results import Results
from mlcycle.store.rollouts import Rollouts

if TYPE_CHECKING:
    from mlcycle.adapters.feast.lost import Place
    from mlcycle.control.rollouts import Controller
    from mlcycle.dagster.connection import Connection
    from mlcycle.dagster.execute import DagsterExecution

_FEAST = "mlcycle.adapters.feast.feature_store"
_NANNYML = "mlcycle.adapters.nannyml.monitor"
_LOG = "mlcycle.control.predictions"
_SQLITE = "sqlite:///"
_REPOSITORIES = "feast"


def runner(graph: Graph, environment: Environment, root: Path, *, sample: float = 1.0) -> Runner:
    """What plans and runs a project in an environment."""
    place = sampled(environment, sample)
    return Runner(graph=graph, settings=settings(place, root, sample=sample), ports=ports(place, root))


def plan(graph: Graph, environment: Environment, *, root: Path, options: Options) -> Plan:
    """What a run with these options would do, and why."""
    return runner(graph, environment, root, sample=options.sample).plan(options)


def run(
    graph: Graph,
    environment: Environment,
    *,
    root: Path,
    options: Options,
    command: str,
    progress: Listener = silent,
) -> RunReport:
    """Bring the chosen nodes up to date, inside Dagster; raises `Locked` while another run goes on."""

    def execute(session: Session, names: tuple[str, ...]) -> str:
        return execution(environment, root, sample=options.sample)(session, names)

    engine = runner(graph, environment, root, sample=options.sample)
    return engine.run(options, command=command, execute=execute, listen=progress)


def latest(graph: Graph, environment: Environment, *, root: Path) -> tuple[Result, ...]:
    """The newest result of every node that has one."""
    return runner(graph, environment, root).results()


def execution(environment: Environment, root: Path, *, sample: float = 1.0) -> DagsterExecution:
    """What a runner's `run` executes with. It imports Dagster, which takes seconds: only ask when needed."""
    from mlcycle.dagster.execute import DagsterExecution

    place = sampled(environment, sample)
    return DagsterExecution(home=root / HOME / "dagster", connection=reached(place, root))


def sampled(environment: Environment, sample: float) -> Environment:
    """The environment for a share of the rows: everything it writes lies in a folder of its own."""
    if sample == 1.0:
        return environment
    home = f"{HOME}/samples/{environment.name}-{sample:g}"
    return replace(
        environment,
        state=f"{_SQLITE}{home}/state.db",
        tracking=f"{_SQLITE}{home}/mlflow.db",
        online_store=f"{home}/online.db",
        artifacts=f"{home}/artifacts",
    )


def settings(environment: Environment, root: Path, *, sample: float = 1.0) -> Settings:
    """The engine's settings; raises `Refused` for a secret that is not set."""
    return Settings(
        environment=environment.name,
        state=anchored(resolve(environment.state, os.environ, environment.span), root),
        artifacts=root / resolve(environment.artifacts, os.environ, environment.span),
        root=root,
        now=environment.now,
        sample=sample,
        port_code={
            "feature_store": f"{_FEAST}:FeastFeatureStore",
            "monitor": f"{_NANNYML}:NannyMonitor",
            "predictions": f"{_LOG}:PredictionLogs",
        },
        environ=os.environ,
        online_store=lambda: online_place(environment),
        lost=lambda project, left: lost(environment, root, project, left),
    )


def ports(environment: Environment, root: Path) -> Ports:
    """The adapters of an environment; one is made when it is first asked for something."""
    home = state_folder(environment, root)

    def feature_store() -> Any:
        return _feature_store(environment, root)

    def tracker() -> Any:
        from mlcycle.adapters.mlflow.tracker import MlflowTracker

        _quiet()
        place = reached(environment, root)
        return MlflowTracker(tracking_uri=place.tracking_uri, artifact_root=place.artifact_root)

    def registry() -> Any:
        from mlcycle.adapters.mlflow.registry import MlflowRegistry

        _quiet()
        place = reached(environment, root)
        return MlflowRegistry(
            tracking_uri=place.tracking_uri, cache=home / "packages", artifact_root=place.artifact_root
        )

    def builder() -> Any:
        from mlcycle.adapters.bentoml.builder import BentoBuilder

        return BentoBuilder(home=home / "bentoml")

    def rollouts() -> Any:
        return controller(environment, root, registry=made["registry"])

    makers = (feature_store, tracker, registry, builder, rollouts)
    made: dict[str, Any] = {make.__name__: _Lazy(make) for make in makers}
    return Ports(**made, **_watching(environment, root, home))


def _feature_store(environment: Environment, root: Path) -> FeatureStore:
    from mlcycle.adapters.feast.feature_store import FeastFeatureStore
    from mlcycle.adapters.feast.lost import kept
    from mlcycle.adapters.feast.reachable import require

    require(resolve(environment.online_store, os.environ, environment.span))
    return FeastFeatureStore(
        state_folder(environment, root) / _REPOSITORIES,
        online_block(environment, root),
        online_password(environment),
        lambda project, view: kept(_place(environment, root, project), view),
    )


def controller(
    environment: Environment,
    root: Path,
    *,
    registry: Any = None,
    actor: str = "",
    lead_seconds: float = 1.0,
) -> Controller:
    """What starts and steers the rollouts of an environment. `actor` is the system's user if left out.

    lead_seconds: as `Reconciler` has it.
    """
    from mlcycle.control.reconcile import Reconciler
    from mlcycle.control.rollouts import Controller
    from mlcycle.control.told import service_now

    store = rollouts(environment, root)
    results = Results(engine=store.engine, environment=environment.name)
    reconciler = Reconciler(
        store=store,
        registry=registry or ports(environment, root).registry,
        home=state_folder(environment, root),
        wall=time.time,
        told=lambda service: service_now(results, service.split("/")[0], environment.now),
        origin=environment.origin,
        lead_seconds=lead_seconds,
    )
    return Controller(store=store, reconciler=reconciler, actor=actor or user())


def rollouts(environment: Environment, root: Path) -> Rollouts:
    """Where the services of an environment stand."""
    url = anchored(resolve(environment.state, os.environ, environment.span), root)
    return Rollouts(engine=connect(url, hold=False), environment=environment.name, clock=clock(environment))


def clock(environment: Environment) -> Callable[[], datetime]:
    """What rollouts go by: the clock, unless the environment's time stands still."""
    if environment.now in ("clock", "newest_row"):
        return system_clock
    fixed = datetime.fromisoformat(environment.now)
    return lambda: fixed if fixed.tzinfo else fixed.replace(tzinfo=UTC)


def user() -> str:
    """The system's user that runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number alone
        return f"user {os.getuid()}"


def _watching(environment: Environment, root: Path, home: Path) -> dict[str, Any]:
    """The ports of monitors."""

    def predictions() -> Any:
        from mlcycle.control.predictions import PredictionLogs

        return PredictionLogs(home=home / "bentoml" / "predictions", origin=environment.origin)

    def chunks() -> Any:
        from mlcycle.control.monitors import KeptChunks

        state = anchored(resolve(environment.state, os.environ, environment.span), root)
        return KeptChunks(state=state, environment=environment.name, folder=home / "references")

    def monitor() -> Any:
        from mlcycle.adapters.nannyml.monitor import NannyMonitor

        return NannyMonitor()

    return {"predictions": _Lazy(predictions), "chunks": _Lazy(chunks), "monitor": _Lazy(monitor)}


def reached(environment: Environment, root: Path) -> Connection:
    """Where MLflow is. Raises Refused (MLC876) for a server that does not answer."""
    from mlcycle.adapters.mlflow.reachable import require

    place = connection(environment, root)
    require(place.tracking_uri)
    return place


def connection(environment: Environment, root: Path) -> Connection:
    """Where MLflow is; a database of its own keeps its files beside it."""
    from mlcycle.dagster.connection import Connection

    uri = anchored(resolve(environment.tracking, os.environ, environment.span), root)
    local = uri.startswith(_SQLITE)
    return Connection(
        tracking_uri=uri, artifact_root=state_folder(environment, root) / "mlflow" if local else None
    )


def state_folder(environment: Environment, root: Path) -> Path:
    """The folder for what adapters keep on this machine."""
    artifacts = root / resolve(environment.artifacts, os.environ, environment.span)
    return artifacts.parent if environment.artifacts != LOCAL.artifacts else root / HOME


def online_block(environment: Environment, root: Path) -> Mapping[str, Any] | None:
    """Feast's `online_store` block; None for the SQLite file that the adapter keeps beside its registry."""
    text = resolve(environment.online_store, os.environ, environment.span)
    if environment.online_store == LOCAL.online_store:
        return None
    server = online_address(text)
    if server is not None:
        return server.block
    return {"type": SQLITE_TYPE, "path": str(root / text.removeprefix(_SQLITE))}


def online_password(environment: Environment) -> str | None:
    """The password of the online store, which is in no file; None if there is none."""
    text = resolve(environment.online_store, os.environ, environment.span)
    server = online_address(text)
    return server.password if server is not None else None


def online_place(environment: Environment) -> str:
    """Where the online store is, for people and for telling one from another; no user, no password."""
    text = resolve(environment.online_store, os.environ, environment.span)
    return without_credentials(text) if online_address(text) is not None else text


def lost(environment: Environment, root: Path, project: str, left: Mapping[str, Any]) -> str | None:
    """What of that which a run left in the feature store is gone, as a sentence; None if nothing is.

    Raises Refused (MLC754) for an online store that cannot be asked.
    """
    from mlcycle.adapters.feast.lost import lost as gone

    return gone(_place(environment, root, project), left)


def _place(environment: Environment, root: Path, project: str) -> Place:
    from mlcycle.adapters.feast.lost import Place

    block = online_block(environment, root) or {}
    return Place(
        project=project,
        folder=state_folder(environment, root) / _REPOSITORIES / project,
        url=resolve(environment.online_store, os.environ, environment.span),
        file=Path(block["path"]) if "path" in block else None,
    )


def anchored(url: str, root: Path) -> str:
    """A SQLite URL with a relative file, made to count from the root."""
    if not url.startswith(_SQLITE) or url.startswith(f"{_SQLITE}/"):
        return url
    return f"{_SQLITE}{root / url.removeprefix(_SQLITE)}"


def _quiet() -> None:
    """MLflow and its migrations tell about tables on the terminal, which shows our own progress."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _Lazy:
    """Stands for an adapter until it is used."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = cache(make)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)
