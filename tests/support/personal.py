"""A model whose inputs are personal: a preprocessing step of each kind over them, and rows that betray it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import polars as pl

from mlcycle.lowering.lower import Lowered
from tests.support.graphs import lowered

#: What is in every personal value, as a text and as a number, and in nothing else.
PLANTED = "planted"
NUMBER = 900_000
DAY = datetime(1957, 4, 1, tzinfo=UTC)

SPEC = """\
mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
    derive: {{late: {{expression: "arrival_delay >= 15"}}}}
    columns:
      flight_id: {{unique: true}}
      scheduled_departure: {{pii: true}}
      carrier: {{pii: true}}
      destination: {{pii: true}}
      distance: {{pii: true, sensitive: true}}
      arrival_delay: {{nullable: true, available_after: 24h}}
feature_views:
  own: {{source: flights, columns: [carrier, destination, distance, flight_number]}}
models:
  late:
    task: binary_classification
    label: flights.late
    horizon: 2h
    features: [own]
    allow_sensitive: {{distance: it is what is asked}}
    preprocess: [{steps}]
    split: {split}
    trainer: {{kind: xgboost, seed: 1, rounds: 8, params: {{max_depth: 3}}}}
    gates: [{{kind: metric, metric: roc_auc, min: 0}}]
services:
  api: {{model: late}}
monitors:
  watch: {{service: api, chunk: {{every: 1d, min_rows: 20}}}}
"""
SPLIT = "{kind: time, train: 60%, validation: 20%, test: 20%, gap: {value: 0d, reason: a test}}"
FEATURES = ("own.carrier", "own.destination", "own.distance", "own.flight_number")
PERSONAL = FEATURES[:3]
VECTORS = "vectors.txt"

#: Of each kind one step over personal features.
PREPROCESS = {
    "bin": "{kind: bin, columns: [distance], strategy: quantile, n_bins: 4}",
    "categorical": "{kind: categorical, columns: [carrier]}",
    "category_embedding": "{kind: category_embedding, columns: [carrier, destination], n_components: 2}",
    "clip_outliers": "{kind: clip_outliers, columns: [distance], method: iqr}",
    "frequency": "{kind: frequency, columns: [carrier]}",
    "hashing": "{kind: hashing, columns: [carrier], n_features: 8}",
    "impute": "{kind: impute, columns: [distance], strategy: most_frequent, add_indicator: true}",
    "normalize": "{kind: normalize, columns: [distance], method: quantile}",
    "one_hot": "{kind: one_hot, columns: [carrier]}",
    "ordinal": "{kind: ordinal, columns: [carrier]}",
    "sentence_embedding": "{kind: sentence_embedding, columns: [carrier], dimensions: 64}",
    "standardize": "{kind: standardize, columns: [distance]}",
    "target_encode": "{kind: target_encode, columns: [carrier], cv: 2}",
    "tfidf": "{kind: tfidf, columns: [carrier], min_df: 1}",
    "word_embedding": f"{{kind: word_embedding, columns: [carrier], path: {VECTORS}}}",
}


def resolved(*kinds: str, split: str = SPLIT) -> Lowered:
    """The spec with a step of each of the kinds."""
    steps = ", ".join(PREPROCESS[kind] for kind in kinds)
    return lowered(SPEC.format(steps=steps, split=split), "specs/shop.yaml")


def rows(count: int = 160) -> pl.DataFrame:
    """The data set of the model: who is late, is told by the carrier."""
    late = [index % 3 == 0 for index in range(count)]
    moments = [DAY + timedelta(hours=index) for index in range(count)]
    carriers = [f"{PLANTED}{'ann' if each else 'bob'} {PLANTED}{i % 7}" for i, each in enumerate(late)]
    return pl.DataFrame(
        {
            "row_id": range(count),
            "event_timestamp": moments,
            "predict_at": moments,
            "key.flight_id": [f"f{index}" for index in range(count)],
            "own.carrier": carriers,
            "own.destination": [f"{PLANTED}{index % 4}" for index in range(count)],
            "own.distance": [NUMBER + 0.5 + index % 5 for index in range(count)],
            "own.flight_number": [index % 11 for index in range(count)],
            "label": [float(each) for each in late],
        },
        schema_overrides={name: pl.Datetime("us", "UTC") for name in ("event_timestamp", "predict_at")},
    ).with_columns(pl.col(f"own.{name}").alias(f"request.{name}") for name in _COLUMNS)


_SIGNS = re.compile(rf"{PLANTED}|(?<![\\d.])900,?\\d\\d\\d|{DAY:%Y}-0")
_COLUMNS = ("carrier", "destination", "distance", "flight_number")


def betrayed(text: str) -> list[str]:
    """The values of a person, or times of the rows, that a text has."""
    return _SIGNS.findall(text.lower())
