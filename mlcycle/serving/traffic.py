"""The traffic document: which versions a service holds, and what share of the requests each gets.

One JSON file in a folder, replaced as a whole. Whoever steers writes it; workers look for a newer generation,
load what it names, swap one reference at `effective_at`, and leave an acknowledgement beside it.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

FILE = "traffic.json"
ACKNOWLEDGED = "acknowledged"

Origin = Literal["live", "replay", "simulation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A version that gets requests. package: its digest. folder: the generated service that holds
    `packages/<package>/` and `openapi.json`. weight: its share of the requests, 0 to 1."""

    version: str
    package: str
    folder: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a service is to do from `effective_at` (seconds since 1970) on.

    arms: the champion first; it answers where another arm fails. Their weights sum to 1.
    salt: of the routing; sticky_by: the request's column that decides the arm, else the request's id does.
    now: a fixed time (ISO 8601) that ttl is counted to and records are stamped with; None for the clock.
    """

    generation: int
    effective_at: float
    arms: tuple[Arm, ...]
    salt: str = ""
    sticky_by: str | None = None
    now: str | None = None
    origin: Origin = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A worker's answer: since when it follows a generation, or why it does not."""

    worker: str
    generation: int
    at: float
    error: str | None = None


def write(folder: Path, traffic: Traffic) -> None:
    """Replace the folder's document in one step, safe against a power cut."""
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / FILE, {"format": 1, **asdict(traffic)})


def read(folder: Path) -> Traffic | None:
    """The folder's document; None if there is none. Raises ValueError for one that is not a document."""
    try:
        content = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return None
    try:
        found: dict[str, Any] = json.loads(content)
        if found.pop("format") != 1:
            raise ValueError("its format is unknown")
        traffic = Traffic(**{**found, "arms": tuple(Arm(**arm) for arm in found["arms"])})
        _check(traffic)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"{FILE}: {error}") from error
    return traffic


def _check(traffic: Traffic) -> None:
    """Raise ValueError or TypeError for what no reader could follow."""
    weights = [arm.weight for arm in traffic.arms]
    if not all(0 <= weight <= 1 for weight in weights) or not abs(sum(weights) - 1) <= 1e-9:
        raise ValueError("the weights of its arms do not sum to 1")
    if len({arm.package for arm in traffic.arms}) < len(weights):
        raise ValueError("two of its arms are the same package")
    if type(traffic.generation) is not int or not traffic.effective_at < float("inf"):
        raise ValueError("its generation or its time is no number")
    if traffic.origin not in get_args(Origin):
        raise ValueError(f"its origin is none of {', '.join(get_args(Origin))}")
    if traffic.now is not None:
        datetime.fromisoformat(traffic.now)


def acknowledge(folder: Path, given: Acknowledgement) -> None:
    """Leave a worker's answer; it replaces the worker's last one."""
    place = folder / ACKNOWLEDGED
    place.mkdir(parents=True, exist_ok=True)
    _replace(place / f"{given.worker}.json", asdict(given))


def acknowledgements(folder: Path) -> tuple[Acknowledgement, ...]:
    """The last answer of every worker; a worker that attended and has ended, however it did, is left out."""
    found = sorted((folder / ACKNOWLEDGED).glob("*.json"))
    here = [path for path in found if not _gone(path.with_suffix(_ATTENDING))]
    return tuple(Acknowledgement(**json.loads(path.read_bytes())) for path in here)


_ATTENDING = ".here"


def attend(folder: Path, worker: str) -> int:
    """Say that a worker is there for as long as its process is, or until the descriptor is closed."""
    place = folder / ACKNOWLEDGED
    place.mkdir(parents=True, exist_ok=True)
    held = os.open(place / f"{worker}{_ATTENDING}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    fcntl.flock(held, fcntl.LOCK_EX)
    return held


def _gone(path: Path) -> bool:
    try:
        held = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(held)
    return True


def _replace(path: Path, content: Mapping[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as draft:
        json.dump(content, draft, sort_keys=True)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(path)
