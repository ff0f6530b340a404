"""Services as they are declared: the model, its limits, how a new version takes over, what is kept."""

from __future__ import annotations

from typing import ClassVar

from mlcycle.language.base import SpecModel, documentation
from mlcycle.language.names import ColumnName, Name, Text
from mlcycle.language.owner import Owner
from mlcycle.language.quantities import Count, Duration, NotNegative, Share, Size
from mlcycle.language.slots import RolloutSpec


class Batch(SpecModel):
    """Scoring a whole table at a time."""

    noun: ClassVar[str] = "batch"

    every: Duration
    """How often."""


class Limits(SpecModel):
    """What one request, and all together, may take."""

    noun: ClassVar[str] = "set of limits"

    timeout: Duration | None = None
    """The longest a request may take."""
    max_concurrency: Count | None = None
    """Requests worked on at once; more are refused (429)."""
    max_body: Size | None = None
    """The largest body of a request."""
    max_rows: Count | None = None
    """The most rows in one request."""


class Replay(SpecModel):
    """Proof that the service gives the scores of training: test rows sent to it over HTTP."""

    noun: ClassVar[str] = "replay"

    rows: Count = 1000
    """How many test rows are sent."""
    max_difference: NotNegative = 1e-5
    """The greatest difference of a score that is no failure; above 1 it is relative to the size of values."""


class PredictionLog(SpecModel):
    """What a service keeps of its predictions, for monitors and for `mlcycle why`."""

    noun: ClassVar[str] = "prediction log"

    sample: Share = 1.0
    """The share of requests whose rows are kept; every request is counted."""
    redact: tuple[ColumnName, ...] = ()
    """Columns of the request that are never written; those marked `pii` need not be named."""


class Labels(SpecModel):
    """Where a source tells what a prediction should have been."""

    noun: ClassVar[str] = "place of labels"

    source: Name
    """The source. Its row key joins it to predictions; the events of a label of later events join them by the
    label's entity and the moment of prediction."""
    column: ColumnName | None = None
    """The column with the true value; none for a label made of later events."""


class Service(SpecModel):
    """A model in service."""

    noun: ClassVar[str] = "service"

    description: Text | None = documentation()
    """What the service is for."""
    owner: Owner | None = documentation()
    """Who answers for it."""
    model: Name
    """The model it serves."""
    batch: Batch | None = None
    """Scoring a whole table, besides."""
    limits: Limits | None = None
    """Limits of requests."""
    replay: Replay | None = None
    """The proof before promotion."""
    rollout: RolloutSpec | None = None
    """How a new version takes over; at once if left out."""
    log: PredictionLog | None = None
    """What is kept of predictions; all of them, whole, if left out."""
    labels: Labels | None = None
    """Where the true values come from; by `POST /feedback` alone if left out."""
