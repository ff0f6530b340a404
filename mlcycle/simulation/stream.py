"""What would have been asked, and what came out, in the order of time: requests and labels from a dataset."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from mlcycle.kinds.packages.examples import rows
from mlcycle.steps.manifest import canonical_json, sha256

_HASHED = 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One row that is asked for: its id, the body of `POST /predict`, its label and when that is known."""

    id: str
    at: datetime
    body: bytes
    label: Any
    label_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The rows of a dataset as requests, each at its time of prediction.

    dataset: as `mlcycle.kinds.training.dataset` writes it. declared: its node's config (`request`,
    `lookups`). classes: what a label that is a number stands for; none for a regression. context: what the
    service takes besides -> the column of the dataset that has it. label_after: how long after the event, or
    whatever else the column `label_from` is the time of, a label is known.
    """

    dataset: pl.DataFrame
    declared: Mapping[str, Any]
    classes: Sequence[Any] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    label_after: timedelta | None = None
    label_from: str = "event_timestamp"
    sample: float = 1.0

    def between(self, start: datetime, end: datetime) -> Iterator[Request]:
        """The requests of [start, end) by time; those of the sample are the same whatever the interval is."""
        chosen = self.dataset.filter(pl.col("predict_at").is_between(start, end, closed="left"))
        chosen = chosen.sort("predict_at", "row_id")
        for row, record in zip(chosen.iter_rows(named=True), rows(chosen, self.declared), strict=True):
            name = _id(row)
            if int(sha256(name.encode())[:16], 16) >= self.sample * _HASHED:
                continue
            given = record | {name: _plain(row[column]) for name, column in self.context.items()}
            yield Request(
                id=name,
                at=row["predict_at"],
                body=canonical_json({"rows": [given]}),
                label=self._label(row["label"]),
                label_at=None if self.label_after is None else row[self.label_from] + self.label_after,
            )

    def _label(self, value: float | int | None) -> Any:
        if value is None or not self.classes:
            return value
        return self.classes[int(value)]


def _id(row: Mapping[str, Any]) -> str:
    """A request's id that is the same in every simulation: from the row's key, else from its place."""
    key = {name: _plain(value) for name, value in row.items() if name.startswith("key.")}
    return sha256(canonical_json(key or {"row": row["row_id"], "at": _plain(row["event_timestamp"])}))[:24]


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value


def feedback(requests: Sequence[Request]) -> bytes:
    """The body of `POST /feedback` that tells the labels of requests."""
    return json.dumps(
        {"labels": [{"request_id": one.id, "row": 0, "label": one.label} for one in requests]}
    ).encode()
