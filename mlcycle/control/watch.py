"""Looks at services with everything that a look needs, and keeps what it counted for the next one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from mlcycle.control import notes
from mlcycle.control.places import predictions_folder, traffic_folder
from mlcycle.control.rollouts import Controller
from mlcycle.control.tick import Look, Ticker
from mlcycle.control.window import Observer
from mlcycle.kinds.analyses.window import Window
from mlcycle.rollout.state import Release, State
from mlcycle.rollout.words import in_short
from mlcycle.serving import traffic

#: Who is named in the audit trail for what nobody asked for.
ACTOR = "controller"


class Watch:
    """One service, looked at again and again."""

    def __init__(self, service: str, controller: Controller) -> None:
        reconciler = controller.reconciler
        self._folder = traffic_folder(reconciler.home, service)
        self._observer = Observer(predictions_folder(reconciler.home, service), origin=reconciler.origin)
        self._ticker = Ticker(
            service=service,
            store=controller.store,
            observe=self._window,
            reconcile=reconciler.reconcile,
            clock=controller.store.clock,
            actor=ACTOR,
        )
        self._last: State | None = None

    def look(self) -> tuple[Look, str | None]:
        """Do what is to be done now. Returns what was found, and in words what became of the service since
        the last look, whoever did it."""
        before = self._ticker.store.state(self._ticker.service)
        if before.generation and self._written() != before.generation:
            self._ticker.follow()
        look = self._ticker.tick()
        notes.write(self._folder, look)
        last, self._last = self._last or before, look.state
        return look, moved(last, look.state)

    def _written(self) -> int | None:
        """The generation that the service follows; None where nobody can read which."""
        try:
            found = traffic.read(self._folder)
        except ValueError:
            return None
        return found.generation if found is not None else None

    def _window(self, state: State) -> Window:
        task = task_of(state.rollout.challenger) if state.rollout is not None else None
        return self._observer.window(state, task) if task is not None else Window(task="unknown")


class Sweep:
    """Every service of an environment that has a rollout.

    controller: makes what steers the environment, when it is first needed.
    """

    def __init__(self, controller: Callable[[], Controller]) -> None:
        self._make = controller
        self._controller: Controller | None = None
        self._watches: dict[str, Watch] = {}

    def __call__(self) -> Iterator[tuple[Look, str | None]]:
        """Look at each of them once."""
        if self._controller is None:
            self._controller = self._make()
        running = [state.service for state in self._controller.store.all() if state.rollout is not None]
        self._watches = {name: watch for name, watch in self._watches.items() if name in running}
        for service in running:
            watch = self._watches.setdefault(service, Watch(service, self._controller))
            yield watch.look()


def moved(before: State, after: State) -> str | None:
    """What happened between two states, in one line; None if nothing did."""
    if after.generation == before.generation:
        return None
    ended = after.ended
    said = in_short(after)
    if ended is None or ended == before.ended or ended.outcome == "champion":
        return said
    return f"{said}; version {ended.version} is taken back ({ended.outcome}): {ended.reason}"


def task_of(release: Release) -> str | None:
    """The task of a release's model, as its package says; None if the package cannot be read."""
    try:
        manifest = json.loads(
            (Path(release.folder) / "packages" / release.package / "manifest.json").read_bytes()
        )
        return str(manifest["task"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
