"""True values for predicted rows: those that were sent, and those of a source, as far as known by a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import polars as pl

from mlcycle.kinds.training import later
from mlcycle.kinds.training.later import predicted_at
from mlcycle.ports import LabelColumn, LaterLabel
from mlcycle.steps.decision import class_names
from mlcycle.steps.manifest import Manifest

_ROW = ["request_id", "row"]
_TIME = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Labels that were sent: the newest of each row, as JSON in `label`; how many were replaced, and how many
    name a row that nobody predicted."""

    labels: pl.DataFrame
    repeated: int
    orphans: int


def sent(feedback: pl.DataFrame, predicted: pl.DataFrame, known_by: datetime) -> Sent:
    """feedback: of `segments.LABELS`. predicted: `request_id` and `row` of every predicted row there is."""
    known = feedback.filter(pl.col("at") < known_by).sort("at", maintain_order=True)
    newest = known.unique(_ROW, keep="last", maintain_order=True)
    mine = newest.join(predicted.unique(_ROW), on=_ROW, how="semi", maintain_order="left")
    return Sent(labels=mine, repeated=known.height - newest.height, orphans=newest.height - mine.height)


def labelled(
    frame: pl.DataFrame, manifest: Manifest, feedback: pl.DataFrame, source: Source | None
) -> pl.DataFrame:
    """The frame with `label`: of what was sent and what the source has, whichever became known last."""
    found = [_encoded(feedback.select(*_ROW, "at", "label"), manifest, as_json=True)]
    if source is not None and all(name in frame.columns for name in source.key):
        found.append(_encoded(source.of(frame).select(*_ROW, "at", "label"), manifest, as_json=False))
    known = pl.concat(found).drop_nulls("label").sort("at", maintain_order=True)
    newest = known.unique(_ROW, keep="last", maintain_order=True).drop("at")
    return frame.join(newest, on=_ROW, how="left", maintain_order="left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the table of a source tells of predictions.

    key: the columns of a frame that it asks for. of: gives the rows of a frame whose label is known with
    `request_id`, `row`, `at` (when it became known) and `label`.
    """

    key: tuple[str, ...]
    of: Callable[[pl.DataFrame], pl.DataFrame]


def source(labels: LabelColumn | LaterLabel, known_by: datetime) -> Source:
    """The table as far as it was known by then; it is read once."""
    table = pl.read_parquet(labels.path)
    key = tuple(f"request.{name}" for name, _ in labels.key)
    if isinstance(labels, LaterLabel):
        return Source(key=key, of=partial(_of_later_events, events=table, labels=labels, known_by=known_by))
    known = _known(table, labels, known_by)
    return Source(key=key, of=lambda frame: frame.select(*_ROW, *key).join(known, on=key, how="inner"))


def _of_later_events(
    frame: pl.DataFrame, *, events: pl.DataFrame, labels: LaterLabel, known_by: datetime
) -> pl.DataFrame:
    """What became of each row, by the work of the model's own rows. The moment is that which the request
    gave, or else its own."""
    config, label = labels.config, labels.config["label"]
    asked = frame.select(pl.col(f"request.{name}").alias(name) for name, _ in labels.key)
    given = asked.select(predicted_at(config).cast(_TIME)).to_series()
    at = pl.select(pl.coalesce(given, frame["at"].cast(_TIME))).to_series()
    made = later.labels(asked, at, events, label, known_by)
    wait = timedelta(seconds=label["window_seconds"] + label["available_after_seconds"])
    told = frame.select(_ROW).with_columns((at + wait).alias("at"), made.values.alias("label"))
    return told.drop_nulls("label")


def _known(table: pl.DataFrame, labels: LabelColumn, known_by: datetime) -> pl.DataFrame:
    """`request.<key>`, `at` (when known) and `label` of the source's rows whose label was known by then.

    Rules of time 1: from the event on, after the delay of the column, never before the row was there.
    """
    known: pl.Expr = pl.lit(datetime.fromisoformat("1970-01-01T00:00:00+00:00"))
    if labels.timestamp is not None:
        known = pl.col(labels.timestamp).cast(_TIME) + pl.lit(labels.available_after)
    if labels.created_timestamp is not None:
        known = pl.max_horizontal(known, pl.col(labels.created_timestamp).cast(_TIME))
    keys = [name for name, _ in labels.key]
    rows = table.select(
        *(pl.col(name).alias(f"request.{name}") for name in keys),
        known.cast(_TIME).alias("at"),
        pl.col(labels.column).alias("label"),
    )
    return rows.filter(pl.col("at") <= known_by)


def _encoded(rows: pl.DataFrame, manifest: Manifest, *, as_json: bool) -> pl.DataFrame:
    """`label` as float64: 0/1, class index or value; null where it is none of these."""
    values = [json.loads(text) if as_json else text for text in rows["label"].to_list()]
    index: Mapping[str, int] = {name: i for i, name in enumerate(class_names(manifest))}
    encode = _number if manifest.task == "regression" else index_of(index)
    return rows.select(*_ROW, "at", pl.Series("label", [encode(value) for value in values], dtype=pl.Float64))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def index_of(index: Mapping[str, int]) -> Any:
    """A class to its index: by its name; 0 and 1 stand for false and true."""
    binary = tuple(index) == ("false", "true")

    def encode(value: Any) -> float | None:
        if binary and value in (0, 1):
            return float(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        name = str(value).lower() if isinstance(value, bool) else str(value)
        return float(index[name]) if value is not None and name in index else None

    return encode
