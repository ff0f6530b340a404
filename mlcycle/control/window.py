"""What a stage of a rollout has seen, counted up from the service's prediction log."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mlcycle.control.tally import Compared, Tally, together
from mlcycle.kinds.analyses.window import Window
from mlcycle.rollout.state import State
from mlcycle.serving import records
from mlcycle.serving.records import Record

#: An old segment is read only if it may hold requests of the stage: this long before the newest one.
_RECENT_SECONDS = 24 * 3600

_END_BYTES = 256 * 1024


class Observer:
    """Reads a service's log as it grows, whatever workers write to it; each record is counted once.

    folder: of the log. origin: what counts; a replay or a simulation does not say how the service lives.
    """

    def __init__(self, folder: Path, *, origin: str = "live") -> None:
        self._folder = folder
        self._origin = origin
        self._offsets: dict[Path, int] = {}
        self._tallies: dict[tuple[str, int], Tally] = defaultdict(Tally)
        self._pairs: dict[int, Compared] = defaultdict(Compared)

    def window(self, state: State, task: str) -> Window:
        """Everything since the stage of the rollout was entered. Without a rollout, or a log: nothing.

        The challenger counts from the generation of the stage on, by what it was assigned. Where the champion
        was given fewer requests than the challenger since then, as in a stage of 100%, its requests of the
        generations before stand for it, newest first. Its times are those of scoring beside the challenger,
        if there are any: at the same moment, and on threads as the challenger's, which an answer of its own
        does not wait for.
        """
        rollout = state.rollout
        if rollout is None or state.champion is None:
            return Window(task=task)
        self._read(rollout.since)
        challenger = self._of(rollout.challenger.package)
        stage = [tally for generation, tally in challenger if generation >= rollout.since]
        pairs = [found for generation, found in self._pairs.items() if generation >= rollout.since]
        differences = tuple(value for found in pairs for value in found.differences)
        beside = tuple(value for found in pairs for value in found.seconds)
        asked = sum(tally.requests for tally in stage)
        champion = together(self._baseline(state.champion.package, rollout.since, asked))
        return Window(
            task=task,
            champion=replace(champion, seconds=beside or champion.seconds),
            challenger=together(stage),
            pairs=sum(found.rows for found in pairs),
            disagreements=sum(found.disagreements for found in pairs),
            differences=differences,
        )

    def _baseline(self, package: str, since: int, enough: int) -> Iterator[Tally]:
        found = 0
        for generation, tally in self._of(package):
            if generation < since and found >= enough:
                return
            found += tally.requests
            yield tally

    def _of(self, package: str) -> list[tuple[int, Tally]]:
        """The tallies of a version, newest generation first."""
        own = [(generation, tally) for (name, generation), tally in self._tallies.items() if name == package]
        return sorted(own, key=lambda one: -one[0])

    def _read(self, since: int) -> None:
        for record in self._new(records.PREDICTIONS, since):
            generation, assigned = record.get("generation"), record.get("assigned")
            if record.get("origin") == self._origin and isinstance(generation, int) and assigned:
                self._tallies[str(assigned), generation].add(record)
        for record in self._new(records.PAIRS, since):
            generation = record.get("generation")
            if record.get("origin", self._origin) == self._origin and isinstance(generation, int):
                self._pairs[generation].add(record)

    def _new(self, kind: str, since: int) -> Iterator[Record]:
        """The records that were not read yet. A segment that is gone keeps what it was counted for."""
        paths = records.segments(self._folder, kind)
        newest = max((_changed(path) for path in paths), default=0.0)
        for path in paths:
            if (
                path not in self._offsets
                and _changed(path) < newest - _RECENT_SECONDS
                and _last(path) < since
            ):
                self._offsets[path] = _size(path)
            yield from self._grown(path)

    def _grown(self, path: Path) -> Iterator[Record]:
        offset = self._offsets.get(path, 0)
        size = _size(path)
        if size <= offset:  # nothing new; or a write that failed was taken back
            self._offsets[path] = min(offset, size) if size else offset
            return
        try:
            for record, behind in records.read(path, offset):
                self._offsets[path] = behind
                yield record
        except FileNotFoundError:
            return


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _last(path: Path) -> int:
    """The generation of a segment's last record; 0 where it has none."""
    with path.open("rb") as stream:
        stream.seek(max(0, _size(path) - _END_BYTES))
        lines = stream.read().splitlines()
    for line in reversed(lines):
        try:
            return int(json.loads(line)["generation"])
        except (ValueError, KeyError, TypeError):
            continue
    return 0
