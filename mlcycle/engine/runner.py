"""Plan and run a project: the lock, the plan, the execution of what has to run, the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mlcycle.engine.events import Begun, Event, Finished, Listener
from mlcycle.engine.importable import importable
from mlcycle.engine.plan import Plan, Planned, make_plan
from mlcycle.engine.report import Ran, RunReport
from mlcycle.engine.selection import Options, chosen
from mlcycle.engine.session import Session, Settings, open_session
from mlcycle.engine.upstream import blocking
from mlcycle.graph.node import Graph
from mlcycle.ports import Ports
from mlcycle.store.faults import Fault, no_fault
from mlcycle.store.lock import project_lock
from mlcycle.store.result import Result

#: Runs the named nodes of a session, tells its listener what became of each, returns the executor's run id.
Execute = Callable[[Session, tuple[str, ...]], str]


def system_clock() -> datetime:
    """The time of day in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Plans and runs one project in one environment."""

    graph: Graph
    settings: Settings
    ports: Ports
    clock: Callable[[], datetime] = system_clock
    fault: Fault = no_fault

    def plan(self, options: Options) -> Plan:
        """What a run with these options would do."""
        names = chosen(self.graph, options)
        with self._session(options, names) as session:
            return make_plan(session, names)

    def results(self) -> tuple[Result, ...]:
        """The newest result of every node that has one, in the graph's order."""
        with open_session(self.graph, self.settings, self.ports, clock=self.clock) as session:
            known = session.results.all_newest(self.graph.project)
        return tuple(known[node.name] for node in self.graph.nodes if node.name in known)

    def run(self, options: Options, *, command: str, execute: Execute, listen: Listener) -> RunReport:
        """Bring the chosen nodes up to date; raises `Locked` if another run of the project is going on."""
        start = self.clock()
        names = chosen(self.graph, options)
        with self.locked(command), self._session(options, names) as session:
            session.fault("run:locked")
            session.artifacts.sweep(self.graph.project)
            plan = make_plan(session, names)
            listen(Begun(todo=tuple(self.graph[name] for name in plan.todo)))
            session.fault("run:planned")
            finished: dict[str, Ran] = {}
            run_id = ""
            if plan.todo:
                heard = replace(session, listen=_collect(finished, listen))
                run_id = execute(heard, plan.todo)
            session.fault("run:executed")
            nodes = _outcomes(session, plan, finished)
        return RunReport(
            project=self.graph.project,
            environment=self.settings.environment,
            nodes=nodes,
            seconds=(self.clock() - start).total_seconds(),
            run_id=run_id,
        )

    @contextmanager
    def opened(self, command: str) -> Iterator[Session]:
        """A session under the project's lock, for who runs nodes one by one; raises `Locked`."""
        with self.locked(command), self._session(Options(), ()) as session:
            session.artifacts.sweep(self.graph.project)
            yield session

    @contextmanager
    def locked(self, command: str) -> Iterator[None]:
        """Hold the project's lock; the author's code can be imported meanwhile."""
        folder = self.settings.home / "locks"
        lock = project_lock(folder, self.graph.project, command=command, now=self.clock())
        with lock, importable(self.settings.root):
            yield

    @contextmanager
    def _session(self, options: Options, names: tuple[str, ...]) -> Iterator[Session]:
        with open_session(self.graph, self.settings, self.ports, clock=self.clock) as session:
            forced = frozenset(names if options.force else ())
            asked = frozenset(options.partitions)
            yield replace(session, forced=forced, partitions=asked, fault=self.fault, cause=options.cause)


def _collect(finished: dict[str, Ran], listen: Listener) -> Listener:
    def heard(event: Event) -> None:
        if isinstance(event, Finished):
            finished[event.ran.node.name] = event.ran
        listen(event)

    return heard


def _outcomes(session: Session, plan: Plan, finished: dict[str, Ran]) -> tuple[Ran, ...]:
    def outcome(planned: Planned) -> Ran:
        node = planned.node
        if node.name in finished:
            return finished[node.name]
        previous = session.results.newest(node.name)
        stopped = blocking(session.graph, node, session.results.newest)
        if stopped:
            return Ran(node=node, status="blocked", result=previous, diagnostics=stopped)
        if node.name in plan.todo:
            return Ran(node=node, status="skipped", result=previous)
        return Ran(node=node, status="reused", result=previous)

    return tuple(outcome(planned) for planned in plan.steps)
