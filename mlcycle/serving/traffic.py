"""The traffic document: which versions a service holds, and what share of the requests each gets.

One JSON file in a folder, replaced as a whole. Whoever steers writes it; workers look for a newer generation,
load what it names, swap one reference at `effective_at`, and leave an acknowledgement beside it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

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
    except (KeyError, TypeError) as error:
        raise ValueError(f"{FILE}: {error}") from error
    if not traffic.arms or abs(sum(arm.weight for arm in traffic.arms) - 1) > 1e-9:
        raise ValueError(f"{FILE}: the weights of its arms do not sum to 1")
    return traffic


def acknowledge(folder: Path, given: Acknowledgement) -> None:
    """Leave a worker's answer; it replaces the worker's last one."""
    place = folder / ACKNOWLEDGED
    place.mkdir(parents=True, exist_ok=True)
    _replace(place / f"{given.worker}.json", asdict(given))


def acknowledgements(folder: Path) -> tuple[Acknowledgement, ...]:
    """The last answer of every worker."""
    found = sorted((folder / ACKNOWLEDGED).glob("*.json"))
    return tuple(Acknowledgement(**json.loads(path.read_bytes())) for path in found)


def _replace(path: Path, content: Mapping[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as draft:
        json.dump(content, draft, sort_keys=True)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(path)
