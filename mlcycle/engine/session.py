"""What every decision and every run of a node reads; opened once a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mlcycle.engine.events import Listener, silent
from mlcycle.engine.places import Places
from mlcycle.graph.code_digest import Code, CodeReader
from mlcycle.graph.node import Graph, Node
from mlcycle.graph.remembered import Remembered
from mlcycle.ports import Ports
from mlcycle.store.artifacts import Artifacts
from mlcycle.store.database import connect
from mlcycle.store.faults import Fault, no_fault
from mlcycle.store.files import FileDigests
from mlcycle.store.result import Result
from mlcycle.store.results import Results

HOME = ".mlcycle"
_CODE = "code.json"


def _nothing(project: str, left: Mapping[str, Any]) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where and how a project runs.

    environment: its name. state: SQLAlchemy URL. artifacts: absolute folder.
    now: `newest_row`, `clock` or an ISO time in UTC. sample: the share of rows that sources keep.
    port_code: port -> `module:name` of an adapter whose code decides what comes out (the feature store's
        join, not the tracker's log); it counts to the code of every node whose work speaks to that port.
    environ: the environment variables that `${env:NAME}` of a source may name.
    online_store: tells where the newest features are kept, without a password; may raise Refused.
    lost: tells what is gone of that which a result of a project left outside of its folder (`elsewhere` of
        its record), as a sentence; None if nothing is. May raise Refused.
    """

    environment: str
    state: str
    artifacts: Path
    root: Path
    now: str = "newest_row"
    sample: float = 1.0
    port_code: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    online_store: Callable[[], str] = str
    lost: Callable[[str, Mapping[str, Any]], str | None] = _nothing

    @property
    def home(self) -> Path:
        """The folder for everything that belongs to this checkout alone: locks, Dagster's own state."""
        return self.root / HOME


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One project in one environment while it is planned or run.

    started: the clock when the session was opened, which every node of it sees as now.
    cause: what asked for the run, where that was no person.
    partitions: keys of partitions that are read whether or not they are due; with only_partitions no others.
    fault: called with `<node>:<point>` at each point where a crash must do no harm; tests kill there.
    """

    graph: Graph
    settings: Settings
    ports: Ports
    results: Results
    artifacts: Artifacts
    files: FileDigests
    code: CodeReader
    places: Places
    clock: Callable[[], datetime]
    started: datetime
    forced: frozenset[str] = frozenset()
    partitions: frozenset[str] = frozenset()
    only_partitions: bool = False
    listen: Listener = silent
    fault: Fault = no_fault
    run_id: str = ""
    cause: str = ""

    def newest(self, nodes: tuple[str, ...]) -> Mapping[str, Result]:
        """The last results of those of the nodes that have one."""
        found = ((name, self.results.newest(name)) for name in nodes)
        return {name: result for name, result in found if result is not None}

    def lost(self, result: Result) -> str | None:
        """What is gone of that which a result left outside of its folder; None if all is there."""
        left = result.record.get("elsewhere")
        return None if left is None else self.settings.lost(self.graph.project, left)

    def code_of(self, node: Node) -> Code:
        """The code of every function that takes part in a node's work, adapters that matter included."""
        works = (node.work, *(step.work for step in node.steps))
        own = self.code.code(works)
        adapters = [work for port, work in self.settings.port_code.items() if port in own.ports]
        return self.code.code((*works, *adapters)) if adapters else own


@contextmanager
def open_session(
    graph: Graph, settings: Settings, ports: Ports, *, clock: Callable[[], datetime]
) -> Iterator[Session]:
    """A session on the settings' state database. Nothing of the author's can be imported by it."""
    engine = connect(settings.state)
    memory = Remembered(settings.root, settings.home / _CODE)
    try:
        yield Session(
            graph=graph,
            settings=settings,
            ports=ports,
            results=Results(engine=engine, environment=settings.environment),
            artifacts=Artifacts(root=settings.artifacts),
            files=FileDigests(engine=engine),
            code=CodeReader(settings.root, memory),
            places=Places(settings.root),
            clock=clock,
            started=clock(),
        )
    finally:
        memory.save()
        engine.dispose()
