"""What a trigger saw of one thing. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One closed chunk, one due time, one version of the data: each is observed once.

    key: names it, together with `at`, when it began. Observations come oldest first; what is earlier than the
    last one, or is that one, does not count.
    breach: whether it asks for a retraining; None where nobody can tell.
    clear: whether it is so far on the good side of its limit that what was counted is over. Between the two
        levels neither is true, so that a value that sways around its limit neither asks nor resets.
    evidence: in words. of_model: whether it speaks of the model in service: what began before that model did
        is then about the one before.
    """

    key: str
    at: datetime
    breach: bool | None
    clear: bool
    evidence: str
    figures: Mapping[str, float] = field(default_factory=dict)
    of_model: bool = True
