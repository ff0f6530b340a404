"""True values for predicted rows: those that were sent, and those of a source, as far as known by a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from mlcycle.ports import LabelColumn
from mlcycle.steps.decision import class_names
from mlcycle.steps.manifest import Manifest

_ROW = ["request_id", "row"]


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
    frame: pl.DataFrame, manifest: Manifest, feedback: pl.DataFrame, source: pl.DataFrame | None
) -> pl.DataFrame:
    """The frame with `label`: of what was sent and what the source has, whichever became known last.

    source: from `from_source`.
    """
    found = [_encoded(feedback.select(*_ROW, "at", "label"), manifest, as_json=True)]
    if source is not None:
        keys = [name for name in source.columns if name.startswith("request.")]
        if all(name in frame.columns for name in keys):
            joined = frame.select(*_ROW, *keys).join(source, on=keys, how="inner")
            found.append(_encoded(joined.select(*_ROW, "at", "label"), manifest, as_json=False))
    known = pl.concat(found).drop_nulls("label").sort("at", maintain_order=True)
    newest = known.unique(_ROW, keep="last", maintain_order=True).drop("at")
    return frame.join(newest, on=_ROW, how="left", maintain_order="left")


def from_source(labels: LabelColumn, known_by: datetime) -> pl.DataFrame:
    """`request.<key>`, `at` (when known) and `label` of the source's rows whose label was known by then.

    Rules of time 1: from the event on, after the delay of the column, never before the row was there.
    """
    table = pl.read_parquet(labels.path)
    known: pl.Expr = pl.lit(datetime.fromisoformat("1970-01-01T00:00:00+00:00"))
    if labels.timestamp is not None:
        known = pl.col(labels.timestamp).cast(pl.Datetime("us", "UTC")) + pl.lit(labels.available_after)
    if labels.created_timestamp is not None:
        known = pl.max_horizontal(known, pl.col(labels.created_timestamp).cast(pl.Datetime("us", "UTC")))
    keys = [name for name, _ in labels.key]
    rows = table.select(
        *(pl.col(name).alias(f"request.{name}") for name in keys),
        known.cast(pl.Datetime("us", "UTC")).alias("at"),
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
