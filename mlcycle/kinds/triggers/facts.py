"""What a trigger may know when it looks, and how a check of a chunk is read."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from mlcycle.task import CheckResult

#: `min 0.62`, `max 0.1`, `min 0.6, max 0.9`: how checks write their limits; `>= 0.62` says the same as `min`.
_LIMITS = re.compile(r"(min|>=?|max|<=?)\s*(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)")

#: Where a figure is: beyond its limit, well within it, within it but close, or nobody can tell.
Level = Literal["breach", "clear", "close", "unknown"]


class Chunk(Protocol):
    """A closed chunk of predictions, as a monitor measured it.

    settled: whether its checks are final; those that need labels are measured again as labels arrive.
    """

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def rows(self) -> int: ...
    @property
    def checks(self) -> tuple[CheckResult, ...]: ...
    @property
    def settled(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What can be known at `now`.

    since: `at` of what this trigger saw last; None at its first look.
    chunks: the closed chunks of its monitor that began after `since`, oldest first.
    rows, version: of its source now; rows_trained: those that the newest training learned from. None:
    unknown.
    """

    now: datetime
    since: datetime | None = None
    chunks: Sequence[Chunk] = ()
    rows: int | None = None
    version: str = ""
    rows_trained: int | None = None


def level(check: CheckResult, margin: float) -> Level:
    """How a check stands; `margin` is the share of the limit by which a figure must be within it to be
    clear."""
    if check.verdict == "fail":
        return "breach"
    if check.verdict != "pass" or check.figure is None or math.isnan(check.figure):
        return "unknown"
    for side, text in _LIMITS.findall(check.limit or ""):
        limit = float(text)
        within = check.figure - limit if side in ("min", ">", ">=") else limit - check.figure
        if within < abs(limit) * margin:
            return "close"
    return "clear"


def said(check: CheckResult) -> str:
    """A check in a few words: `distance 0.21 (<= 0.1)`."""
    name = check.name.partition(".")[2] or check.name
    if check.figure is None or check.verdict not in ("pass", "fail"):
        return f"{name} {check.message or check.verdict}"
    return f"{name} {check.figure:.3g}" + (f" ({check.limit})" if check.limit else "")


def figures(checks: Sequence[CheckResult]) -> dict[str, float]:
    """The figure of each check that has one."""
    return {check.name: check.figure for check in checks if check.figure is not None}


def span_of(chunk: Chunk) -> str:
    """A chunk by its time: a day, or from when to when."""
    if chunk.start.time() == chunk.end.time() and (chunk.end - chunk.start).days == 1:
        return f"{chunk.start:%Y-%m-%d}"
    return f"{chunk.start:%Y-%m-%d %H:%M} to {chunk.end:%Y-%m-%d %H:%M}"
