"""What records of the prediction log add up to, one tally an arm and generation."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlcycle.kinds.analyses.window import Arm
from mlcycle.serving.records import Record

#: The most times, and the most differences, that are kept of one generation: what comes later is counted and
#: not timed. By then each analysis has long made up its mind.
MOST_KEPT = 200_000

#: A status from here on says that nobody answered.
_FAILED = 500


@dataclass(slots=True)
class Tally:
    """The requests that were assigned to one version in one generation."""

    requests: int = 0
    failures: int = 0
    seconds: array[float] = field(default_factory=lambda: array("d"))

    def add(self, record: Record) -> None:
        """Count a record of `predictions`. What the client did wrong is no request of a version."""
        status, fallback, seconds = record.get("status"), record.get("fallback"), record.get("seconds")
        if not isinstance(status, int) or (400 <= status < _FAILED and fallback is None):
            return
        failed = fallback is not None or status >= _FAILED
        self.requests += 1
        self.failures += failed
        if failed and fallback != "timeout":
            return
        if isinstance(seconds, int | float) and len(self.seconds) < MOST_KEPT:
            self.seconds.append(seconds)


@dataclass(slots=True)
class Compared:
    """The rows that both versions scored in one generation; no decision is none that agrees."""

    rows: int = 0
    disagreements: int = 0
    differences: array[float] = field(default_factory=lambda: array("d"))
    seconds: array[float] = field(default_factory=lambda: array("d"))

    def add(self, record: Record) -> None:
        """Count a record of `pairs`; one in which the other version has no answer is no pair."""
        answered, error, seconds = record.get("answered"), record.get("error"), record.get("seconds")
        if error in (None, "timeout") and isinstance(seconds, int | float) and len(self.seconds) < MOST_KEPT:
            self.seconds.append(seconds)
        if error is not None or not isinstance(answered, Mapping):
            return
        scores = _paired(record.get("scores"), answered.get("scores"))
        decisions = _paired(record.get("decisions"), answered.get("decisions"))
        if len(scores) != len(decisions) or len(self.differences) + len(scores) > MOST_KEPT:
            return
        self.rows += len(scores)
        self.disagreements += sum(one != other or one is None for one, other in decisions)
        self.differences.extend(difference(one, other) for one, other in scores)


def together(tallies: Iterable[Tally]) -> Arm:
    """The sum of tallies."""
    given = tuple(tallies)
    seconds = array("d")
    for tally in given:
        seconds.extend(tally.seconds)
    return Arm(
        requests=sum(tally.requests for tally in given),
        failures=sum(tally.failures for tally in given),
        seconds=seconds,
    )


def difference(one: Any, other: Any) -> float:
    """Of two scores, the absolute difference; the largest of any class; NaN where they cannot be compared."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.keys() != other.keys() or not one:
            return float("nan")
        return max(difference(one[name], other[name]) for name in one)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(float(one) - float(other))
    return float("nan")


def _paired(one: Any, other: Any) -> Sequence[tuple[Any, Any]]:
    """Both lists side by side; none of lists that do not belong together."""
    if not isinstance(one, list) or not isinstance(other, list) or len(one) != len(other):
        return ()
    return tuple(zip(one, other, strict=True))
