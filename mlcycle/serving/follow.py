"""Follows the traffic document: tries and loads what it names, answers with it in time, says so."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from mlcycle.serving import traffic
from mlcycle.serving.live import Live, Loaded
from mlcycle.serving.runtime import Versions
from mlcycle.steps.manifest import PackageError

LOG = logging.getLogger("mlcycle.serving")

POLL_SECONDS = 0.1
RETRY_SECONDS = 5.0

Load = Callable[[traffic.Arm], Loaded]
Agree = Callable[[traffic.Traffic, Mapping[str, Loaded]], Live]


class Follower:
    """One worker's view of a traffic folder. `step` is called by one thread, again and again.

    What cannot be followed (unreadable, older, gone, a package that does not load) leaves what answers as it
    is. Only where nothing answers yet, a champion that loads does so without its challengers.
    """

    def __init__(
        self,
        folder: Path,
        worker: str,
        versions: Versions,
        *,
        load: Load,
        agree: Agree,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """load: a package of an arm into memory, tried first; may raise. agree: the arms made one."""
        self._folder = folder
        self._worker = worker
        self._versions = versions
        self._load = load
        self._agree = agree
        self._clock = clock
        self._held: dict[str, Loaded] = {}
        self._seen: tuple[int, ...] | None = None
        self._generation = -1
        self._followed: traffic.Traffic | None = None
        self._whole = True
        self._retry_at: float | None = None
        self._unsaid: tuple[Live, str | None] | None = None

    @property
    def found(self) -> bool:
        """Whether there is a document."""
        return (self._folder / traffic.FILE).exists()

    def hold(self, loaded: Loaded) -> None:
        """Know of a package that is in memory already."""
        self._held[loaded.package.digest] = loaded

    def step(self) -> float:
        """Look once and do what is to be done. Returns the seconds until it is worth looking again."""
        now = self._clock()
        self._settle(now)
        changed = self._changed()
        if changed or (self._retry_at is not None and now >= self._retry_at):
            self._retry_at = None
            self._look()
        coming = self._versions.coming
        until = POLL_SECONDS if coming is None else coming.effective_at - self._clock()
        return min(max(until, 0.001), POLL_SECONDS)

    def _changed(self) -> bool:
        try:
            found = (self._folder / traffic.FILE).stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        except OSError as error:
            if self._seen is not None:
                LOG.error("the traffic document cannot be seen any more: %s", error)
                self._seen = None
            return False
        changed = seen != self._seen
        self._seen = seen
        return changed

    def _look(self) -> None:
        try:
            document = traffic.read(self._folder)
        except (OSError, ValueError) as error:
            self._refuse(max(self._generation, 0), f"the traffic document cannot be read: {error}")
            return
        if document is None or (document == self._followed and self._whole):
            return
        if document.generation < self._generation:
            LOG.error("generation %d is older than %d", document.generation, self._generation)
            return
        self._follow(document)

    def _follow(self, document: traffic.Traffic) -> None:
        held, problems = self._packages(document)
        said = "; ".join(problems) or None
        first = self._versions.settle(self._clock()) is None and self._versions.coming is None
        first = first or not self._whole
        whole = len(held) == len(document.arms)
        if not whole and not (first and document.arms[0].package in held):
            self._refuse(document.generation, said or "")
            self._versions.problem = "the model of the traffic document cannot be loaded"
            return
        try:
            live = self._agree(document, held)
        except Exception as error:  # whatever is in it, the worker goes on
            self._refuse(document.generation, f"the document cannot be followed: {error}")
            return
        self._generation, self._followed, self._whole = document.generation, document, whole
        self._held |= held
        self._unsaid = (live, said)
        self._versions.follow(live, self._clock())
        self._settle(self._clock())

    def _packages(self, document: traffic.Traffic) -> tuple[dict[str, Loaded], list[str]]:
        """The document's packages that are in memory now, and what is wrong with the others."""
        held: dict[str, Loaded] = {}
        problems: list[str] = []
        for arm in document.arms:
            try:
                held[arm.package] = self._held.get(arm.package) or self._load(arm)
            except Exception as error:
                LOG.error("package %s cannot be loaded: %s", arm.package[:12], error)
                problems.append(f"package {arm.package[:12]}: {error}")
                if not isinstance(error, PackageError):  # such as a store that is not there yet
                    self._retry_at = self._clock() + RETRY_SECONDS
        return held, problems

    def _settle(self, now: float) -> None:
        """Say what is followed, and let go of what is not named any more."""
        live = self._versions.settle(now)
        if self._unsaid is None or live is not self._unsaid[0]:
            return
        (live, problem), self._unsaid = self._unsaid, None
        LOG.info("generation %d answers: %s", live.generation, ", ".join(arm.digest for arm in live.arms))
        self._acknowledge(live.generation, now, problem)
        named = self._versions.packages()
        self._held = {digest: loaded for digest, loaded in self._held.items() if digest in named}

    def _refuse(self, generation: int, problem: str) -> None:
        LOG.error("generation %d is not followed: %s", generation, problem)
        self._acknowledge(generation, self._clock(), problem)

    def _acknowledge(self, generation: int, at: float, problem: str | None) -> None:
        given = traffic.Acknowledgement(worker=self._worker, generation=generation, at=at, error=problem)
        try:
            traffic.acknowledge(self._folder, given)
        except OSError as error:
            LOG.error("the traffic folder cannot be written: %s", error)
