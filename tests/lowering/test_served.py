"""What a service's `labels`, `log` and `rollout` add to its node, and that nothing is added without them."""

from __future__ import annotations

from typing import Any

from tests.support.graphs import lowered

SPEC = """\
mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
    derive: {{late: {{expression: "arrival_delay >= 15"}}}}
    columns: {{flight_id: {{unique: true}}, arrival_delay: {{nullable: true, available_after: 24h}}{columns}}}
entities:
  aircraft: tail_number
feature_views:
  schedule: {{source: flights, columns: [distance, carrier]}}
models:
  late: {{task: binary_classification, label: flights.late, horizon: 2h, features: [schedule]}}
services:
  api:
    model: late
{service}
"""
PLAIN = {"name", "model", "limits"}


def config(service: str = "", columns: str = "") -> dict[str, Any]:
    text = SPEC.format(service=service, columns=columns)
    graph = lowered(text, "specs/shop.yaml").graph
    return dict(graph["shop/services/api/service"].config)


def test_without_any_of_it_nothing_is_added() -> None:
    assert set(config()) == PLAIN
    assert set(config("    log: {}")) == PLAIN
    assert set(config("    rollout: {kind: canary, steps: [{weight: 5%}]}")) == PLAIN


def test_labels_bring_the_key_of_their_source() -> None:
    found = config("    labels: {source: flights, column: late}")
    assert found["context"] == [{"name": "flight_id", "dtype": "string"}]
    assert found["labels"] == {"source": "flights", "column": "late", "key": ["flight_id"]}
    assert set(found) == PLAIN | {"context", "labels"}


def test_what_requests_are_divided_by_is_carried_unless_the_model_reads_it() -> None:
    canary = "    rollout: {{kind: canary, steps: [{{weight: 5%}}], sticky_by: {}}}"
    assert config(canary.format("tail_number"))["context"] == [{"name": "tail_number", "dtype": "string"}]
    assert set(config(canary.format("carrier"))) == PLAIN


def test_a_column_of_a_file_that_is_not_there_waits_for_it() -> None:
    text = SPEC.replace("data/flights.parquet", "data/later.parquet")
    text = text.format(service="    labels: {source: flights, column: late}", columns="")
    found = lowered(text, "specs/shop.yaml").graph["shop/services/api/service"].config
    assert set(found) == PLAIN | {"labels"}


def test_what_is_personal_is_redacted_unasked() -> None:
    found = config("    log: {sample: 10%, redact: [distance]}", columns=", carrier: {pii: true}")
    assert found["log"] == {"sample": 0.1, "redact": ["carrier", "distance"]}
    assert config(columns=", carrier: {pii: true}")["log"] == {"redact": ["carrier"]}
