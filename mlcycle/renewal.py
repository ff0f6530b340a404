"""Retraining put together: the state of an environment, its monitors' chunks, its rollouts, and what runs.

Beside `composition`, which it rests on: only commands about retraining, and Dagster's sensor, need it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from mlcycle import composition
from mlcycle.control.retrain import Retrainer, Ticker
from mlcycle.engine.events import Listener, silent
from mlcycle.engine.observe import moment
from mlcycle.engine.report import RunReport
from mlcycle.engine.runner import system_clock
from mlcycle.engine.selection import Options
from mlcycle.graph.node import Graph
from mlcycle.language.workspace import Environment
from mlcycle.store.chunks import ChunkResult, Chunks
from mlcycle.store.database import connect
from mlcycle.store.faults import Fault, no_fault
from mlcycle.store.lock import project_lock
from mlcycle.store.results import Results
from mlcycle.store.retrains import Retrains
from mlcycle.store.rollouts import Rollouts

Clock = Callable[[], datetime]


@contextmanager
def retrainer(
    graph: Graph,
    environment: Environment,
    *,
    root: Path,
    actor: str,
    clock: Clock = system_clock,
    fault: Fault = no_fault,
) -> Iterator[Retrainer]:
    """What looks at a project's triggers and keeps what they ask for. actor: who looks."""
    settings = composition.settings(environment, root)
    engine = connect(settings.state)
    results = Results(engine=engine, environment=environment.name)
    measured = Chunks(engine=engine, environment=environment.name)
    rollouts = Rollouts(engine=engine, environment=environment.name, clock=clock)

    def chunks(monitor: str, after: datetime | None) -> Sequence[ChunkResult]:
        return measured.closed(f"{graph.project}/{monitor.rpartition('/')[2]}", after)

    def busy(model: str) -> str | None:
        going = (state.rollout.challenger for state in rollouts.all() if state.rollout is not None)
        version = next((one.version for one in going if one.model == f"{graph.project}.{model}"), None)
        return None if version is None else f"version {version} is being rolled out"

    try:
        yield Retrainer(
            graph=graph,
            retrains=Retrains(engine=engine, environment=environment.name, fault=fault),
            results=results,
            chunks=chunks,
            busy=busy,
            now=lambda: moment(settings.now, graph, clock(), results.newest),
            actor=actor,
        )
    finally:
        engine.dispose()


@contextmanager
def ticker(
    graph: Graph,
    environment: Environment,
    *,
    root: Path,
    actor: str,
    command: str,
    progress: Listener = silent,
    clock: Clock = system_clock,
) -> Iterator[Ticker]:
    """What does a tick in this process. command: as others are told who holds the lock."""

    def run(options: Options) -> RunReport:
        return composition.run(
            graph, environment, root=root, options=options, command=command, progress=progress
        )

    folder = composition.settings(environment, root).home / "locks"
    with retrainer(graph, environment, root=root, actor=actor, clock=clock) as found:
        yield Ticker(
            retrainer=found,
            run=run,
            lock=lambda: project_lock(folder, f"{graph.project}.retraining", command=command, now=clock()),
            owner=f"process {os.getpid()} on {socket.gethostname()}",
        )
