"""A world's own life: its service, its rollouts, its monitors and retrainings, under the simulated clock."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from mlcycle import composition
from mlcycle.control.places import traffic_folder
from mlcycle.control.retrain import measuring
from mlcycle.control.rollouts import Controller
from mlcycle.control.watch import ACTOR, Watch
from mlcycle.engine.events import Listener, silent
from mlcycle.engine.selection import Options
from mlcycle.graph.node import Graph
from mlcycle.renewal import ticker
from mlcycle.serving import traffic
from mlcycle.simulation.asking import Answers, Users
from mlcycle.simulation.stream import Request
from mlcycle.simulation.world import World

#: A worker follows a document a tenth of a second after it was written, or after it has loaded a package.
_FOLLOWED_WITHIN = 60.0
_LEAD = 0.02
_COMMAND = "mlcycle simulate"


class NotFollowed(Exception):
    """The service did not follow a traffic document in time; the message says why."""


class Living:
    """Implements `mlcycle.simulation.play.Life` over real parts.

    service: `project/name`. told: whether labels are sent to the service; where its `labels` name a source
    they come with the data.
    """

    def __init__(
        self,
        world: World,
        graph: Graph,
        service: str,
        users: Users,
        *,
        told: bool,
        now: datetime,
        progress: Listener = silent,
    ) -> None:
        self._world = world
        self._graph = graph
        self._service = service
        self._users = users
        self._told = told
        self._now = now
        self._progress = progress
        self._wrong: set[str] = set()
        self._controller = self._steering()
        self._watch = Watch(service, self._controller)

    def begin(self, now: datetime) -> None:
        """Tell the service the time, and wait until it goes by it."""
        self._now = now
        self._controller.reconciler.reconcile(self._service)
        self._wait()

    def ask(self, requests: list[Request]) -> Answers:
        return self._users.ask(requests)

    def tell(self, requests: list[Request]) -> int:
        return self._users.tell(requests) if self._told else 0

    def steer(self, now: datetime) -> list[str]:
        self._now = now
        return self._moves()

    def look(self, now: datetime) -> list[str]:
        """Bring the data to `now`, measure, look at the triggers, run what fires, follow what that began."""
        self._now = now
        self._world.move_to(now)
        environment = self._world.environment(now)
        happened: list[str] = []
        if self._graph.retrainings:
            with ticker(
                self._graph,
                environment,
                root=self._world.root,
                actor=ACTOR,
                command=_COMMAND,
                progress=self._progress,
                clock=lambda: now,
            ) as one:
                happened = [f"{request.sentence}: {request.told or request.status}" for request in one.tick()]
        else:
            self._measure()
        return [*self._news(), *happened, *self._moves()]

    def _news(self) -> list[str]:
        """What monitors found to be beyond its limit, or within it again, since the last look."""
        place = self._world.environment(self._now)
        results = composition.latest(self._graph, place, root=self._world.root)
        wrong = {
            f"{one.node.rsplit('/', 1)[-1]}: {name}"
            for one in results
            if one.node.startswith(f"{self._graph.project}/monitors/")
            for name in one.figures.get("wrong", ())
        }
        before, self._wrong = self._wrong, wrong
        return [
            *(f"{what} is beyond its limit" for what in sorted(wrong - before)),
            *(f"{what} is within its limit again" for what in sorted(before - wrong)),
        ]

    def _measure(self) -> None:
        """Measure what has closed, with the labels that have arrived."""
        monitors = tuple(node.name for node in self._graph.nodes if node.kind == "monitor")
        if monitors:
            composition.run(
                self._graph,
                self._world.environment(self._now),
                root=self._world.root,
                options=Options(select=measuring(self._graph, monitors)),
                command=_COMMAND,
                progress=self._progress,
            )

    def _moves(self) -> list[str]:
        """What the rollout did, a stage at a time; the service follows each of them before the next look."""
        found = []
        while True:
            look, news = self._watch.look()
            if news is not None:
                found.append(news)
                self._wait()
            if look.event is None:
                return found

    def _steering(self) -> Controller:
        """The world's controller, its clocks those of the simulation."""
        steering = composition.controller(
            self._world.environment(self._now), self._world.root, actor=ACTOR, lead_seconds=_LEAD
        )
        store = replace(steering.store, clock=lambda: self._now)
        reconciler = replace(
            steering.reconciler,
            store=store,
            told=lambda service: self._now.isoformat(),
        )
        return replace(steering, store=store, reconciler=reconciler)

    def _wait(self) -> None:
        folder = traffic_folder(self._controller.reconciler.home, self._service)
        wanted = traffic.read(folder)
        if wanted is None:
            raise NotFollowed(f"{self._service} has no traffic document")
        until = time.monotonic() + _FOLLOWED_WITHIN
        while time.monotonic() < until:
            answers = traffic.acknowledgements(folder)
            if _follow(answers, wanted):
                return
            time.sleep(0.01)
        said = "; ".join(one.error for one in answers if one.error) or "no worker answered"
        raise NotFollowed(f"{self._service} does not follow generation {wanted.generation}: {said}")


def _follow(answers: Iterable[traffic.Acknowledgement], wanted: traffic.Traffic) -> bool:
    """Whether every worker goes by the document."""
    given = list(answers)
    return bool(given) and all(
        one.generation == wanted.generation and one.at >= wanted.effective_at and one.error is None
        for one in given
    )
