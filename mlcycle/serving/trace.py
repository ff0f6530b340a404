"""A request on its way, filled in as far as it gets; the prediction log and the metrics are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlcycle.serving.live import Arm, Challenger, Live
from mlcycle.serving.lookups import Looked, Row
from mlcycle.serving.records import Fallback

Predictions = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Scored:
    """What an arm made of a request: its rows by the arm's schema, their lookups, a prediction for each."""

    rows: Sequence[Row]
    looked: Looked
    predictions: Predictions


@dataclass(slots=True, kw_only=True)
class Trace:
    """received: seconds since 1970. began: of the performance counter. rows: as the champion reads them.
    scored: by `served`, which may be another arm."""

    id: str
    received: float
    began: float
    live: Live | None = None
    assigned: Challenger | None = None
    served: Arm | None = None
    fallback: Fallback | None = None
    rows: list[Row] | None = None
    scored: Scored | None = None
