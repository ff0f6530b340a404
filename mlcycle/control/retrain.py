"""Retraining as it happens: look once, ask, run what was asked for, note what came of it.

Any process may do it, at any time, twice at once, and be killed anywhere: what is asked for is kept, with its
place in the audit trail, before it is run, and a run that was cut off is gone on with.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from mlcycle.control.lineage import trained_on
from mlcycle.engine.observe import ancestors
from mlcycle.engine.report import RunReport
from mlcycle.engine.selection import Options
from mlcycle.graph.node import Graph
from mlcycle.graph.retraining import Retraining, Trigger
from mlcycle.kinds.triggers.facts import Chunk, Facts
from mlcycle.retraining.machine import Asked, Ended, Event, Looked, Resumed
from mlcycle.retraining.observation import Observation
from mlcycle.retraining.state import Outcome, Policy, State, Watch
from mlcycle.store.faults import Fault, no_fault
from mlcycle.store.result import Result
from mlcycle.store.results import Results
from mlcycle.store.retrains import Request, Retrains

#: The owner of what Dagster's daemon runs; anything else is a process.
DAGSTER = "dagster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrainer:
    """The retrainings of one project in one environment.

    chunks: the closed chunks of a monitor (`project/name`) that began after a time. busy: why a model must
    not
    be trained again now (a new version of it is being rolled out), else None. now: the environment's.
    actor: who looks, for the audit trail.
    """

    graph: Graph
    retrains: Retrains
    results: Results
    chunks: Callable[[str, datetime | None], Sequence[Chunk]]
    busy: Callable[[str], str | None]
    now: Callable[[], datetime]
    actor: str

    def look(self, retraining: Retraining) -> tuple[State, Request | None]:
        """Let every trigger look once; returns what stands and, if something fired, what is asked for.

        A model that was never trained has nothing to be trained again for: nothing is looked at.
        """
        if self.training(retraining) is None:
            return self.state(retraining), None
        state, now = self.state(retraining), self.now()
        seen = {one.name: self._seen(one, retraining, state, now) for one in retraining.triggers}
        return self._change(retraining, Looked(now=now, seen=seen, busy=self.busy(retraining.model)))

    def ask(self, retraining: Retraining, reason: str) -> Request | None:
        """Ask for it, as a person; None while one that was asked for has not ended."""
        return self._change(retraining, Asked(now=self.now(), reason=reason))[1]

    def resume(self, retraining: Retraining) -> State:
        """Let it fire again by itself."""
        return self._change(retraining, Resumed(now=self.now()))[0]

    def settle(self, request: Request, error: str | None) -> Request:
        """Note what came of a request, by the results there are now. error: why its run did not go
        through."""
        retraining = self.of(request)
        outcome, told = self._outcome(retraining, request, error)
        self._change(retraining, Ended(now=self.now(), id=request.id, outcome=outcome), told)
        return self.retrains.request(request.id) or request

    def pending(self) -> tuple[Request, ...]:
        """What was asked for and has not ended, of retrainings that the spec still has."""
        known = {f"{self.graph.project}/{one.name}" for one in self.graph.retrainings}
        return tuple(
            one for one in self.retrains.requests(self.graph.project, pending=True) if one.retraining in known
        )

    def state(self, retraining: Retraining) -> State:
        """Where a retraining stands."""
        return self.retrains.state(f"{self.graph.project}/{retraining.name}")

    def of(self, request: Request) -> Retraining:
        """The retraining that a request is of."""
        name = request.retraining.partition("/")[2]
        return next(one for one in self.graph.retrainings if one.name == name)

    def training(self, retraining: Retraining) -> Result | None:
        """The newest training of its model."""
        return self.results.newest(f"{self.graph.project}/models/{retraining.model}/training")

    def policy(self, retraining: Retraining) -> Policy:
        """What the state machine has to know of it."""
        return Policy(
            triggers={one.name: Watch(needed=one.needed, mends=one.mends) for one in retraining.triggers},
            cooldown_seconds=retraining.cooldown_seconds,
            max_per_week=retraining.max_per_week,
            spec_digest=self.graph.spec_digest,
        )

    def _change(self, retraining: Retraining, event: Event, told: str = "") -> tuple[State, Request | None]:
        training = self.training(retraining)
        return self.retrains.change(
            f"{self.graph.project}/{retraining.name}",
            event,
            self.policy(retraining),
            model=retraining.model,
            before=training.data_version if training is not None else "",
            actor=self.actor,
            told=told,
        )

    def _seen(
        self, trigger: Trigger, retraining: Retraining, state: State, now: datetime
    ) -> Sequence[Observation]:
        since = state.counted(trigger.name).seen
        facts = Facts(now=now, since=since)
        if trigger.monitor is not None:
            facts = Facts(now=now, since=since, chunks=self.chunks(trigger.monitor, since))
        if trigger.source is not None:
            facts = self._rows(trigger.source, retraining, facts)
        found: Sequence[Observation] = pkgutil.resolve_name(trigger.work)(trigger.config, facts)
        return found

    def _rows(self, source: str, retraining: Retraining, facts: Facts) -> Facts:
        newest, training = self.results.newest(source), self.training(retraining)
        if newest is None or training is None:
            return facts
        learned = trained_on(self.results, self.graph, training).get(source.rpartition("/")[2])
        return Facts(
            now=facts.now,
            since=facts.since,
            rows=newest.figures.get("rows"),
            version=newest.data_version,
            rows_trained=learned.figures.get("rows") if learned is not None else None,
        )

    def _outcome(self, retraining: Retraining, request: Request, error: str | None) -> tuple[Outcome, str]:
        training = self.training(retraining)
        if training is None or training.data_version == request.before:
            nothing = "nothing had changed that it could learn from"
            return ("nothing_new", nothing) if error is None else ("failed", error)
        of_model = f"{self.graph.project}/models/{retraining.model}"
        registration = self.results.newest(f"{of_model}/registration")
        if registration is not None and registration.parts.inputs.get("training") == training.data_version:
            version = f"version {registration.record.get('version')}"
            return ("succeeded", version) if error is None else ("failed", error)
        evaluation = self.results.newest(f"{of_model}/evaluation")
        stopped = [check.name for check in evaluation.blocking] if evaluation is not None else []
        return "failed", f"{', '.join(stopped)} did not pass" if stopped else error or "not registered"


def watched(graph: Graph) -> tuple[str, ...]:
    """The monitors and sources that triggers listen to, which are brought up to date before a look."""
    named = (name for one in graph.retrainings for t in one.triggers for name in (t.monitor, t.source))
    return measuring(graph, tuple(dict.fromkeys(n for n in named if n is not None and n in graph)))


def measuring(graph: Graph, names: tuple[str, ...]) -> tuple[str, ...]:
    """Monitors or sources with all the sources they rest on, and their partitions, for labels and time.

    Nothing between: a model that is trained by being looked at would be no answer to what a trigger asks.
    """
    data = (f"{graph.project}/partitions/", f"{graph.project}/sources/")
    above = sorted(name for name in ancestors(graph, names) if name.startswith(data))
    return tuple(dict.fromkeys((*above, *names)))


def options(graph: Graph, request: Request) -> Options:
    """What a retraining runs: its model up to the card, the services of that model, and all they rest on."""
    model = f"{graph.project}.{request.model}"
    services = {
        node.name.split("/")[2]
        for node in graph.nodes
        if node.name.endswith("/service") and node.config.get("model") == model
    }
    prefixes = (
        f"{graph.project}/models/{request.model}/",
        *(f"{graph.project}/services/{name}/" for name in sorted(services)),
    )
    wanted = tuple(node.name for node in graph.nodes if node.name.startswith(prefixes))
    return Options(until=wanted, cause=request.sentence)


def error_of(report: RunReport) -> str | None:
    """Why a run did not go through, in a sentence; None if it did."""
    for status in ("failed", "blocked"):
        for ran in report.nodes:
            if ran.status == status:
                found = ran.diagnostics[0].message if ran.diagnostics else "a fault of mlcycle"
                return f"{ran.node.name.partition('/')[2]} {status}: {found}"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """One tick of a project: finish what was left, look, run what fires.

    run: brings nodes up to date. lock: held meanwhile, so that a request is run by one process; raises
    Locked.
    owner: names this process.
    """

    retrainer: Retrainer
    run: Callable[[Options], RunReport]
    lock: Callable[[], AbstractContextManager[None]]
    owner: str
    fault: Fault = no_fault

    def tick(self) -> tuple[Request, ...]:
        """What was asked for and run by this tick, as it ended."""
        with self.lock():
            ended = [self._run(one) for one in self.retrainer.pending() if one.owner != DAGSTER]
            graph = self.retrainer.graph
            names = watched(graph)
            if names and any(self.retrainer.training(one) is not None for one in graph.retrainings):
                self.run(Options(select=names))
            for retraining in graph.retrainings:
                request = self.retrainer.look(retraining)[1]
                ended += [self._run(request)] if request is not None else []
        return tuple(ended)

    def ask(self, retraining: Retraining, reason: str) -> Request | None:
        """Ask for it and run it; None while one that was asked for has not ended."""
        with self.lock():
            request = self.retrainer.ask(retraining, reason)
            return self._run(request) if request is not None else None

    def _run(self, request: Request) -> Request:
        retrains = self.retrainer.retrains
        if not retrains.claim(request, self.owner):
            return retrains.request(request.id) or request
        self.fault("retrain:claimed")
        report = self.run(options(self.retrainer.graph, request))
        self.fault("retrain:ran")
        return self.retrainer.settle(request, error_of(report))
