"""What a stage of a rollout has seen so far, as an analysis reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One version's requests, by the arm that they were assigned to, whoever answered in the end.

    failures: requests that this version did not answer by itself (a fallback, or a status of 500 and more).
    seconds: the time of each answer of its own; one that ran into its timeout counts with that time. Of the
        champion: of scoring the challenger's requests beside it, as fast or slow as the machine was then.
    """

    requests: int = 0
    failures: int = 0
    seconds: Sequence[float] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Everything since the stage was entered.

    pairs: rows that both versions scored. disagreements: those whose decisions differ.
    differences: for each of those rows the absolute difference of the scores (the largest, for classes).
    """

    task: str
    champion: Arm = field(default_factory=Arm)
    challenger: Arm = field(default_factory=Arm)
    pairs: int = 0
    disagreements: int = 0
    differences: Sequence[float] = field(default_factory=tuple)
