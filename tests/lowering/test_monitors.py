from __future__ import annotations

from mlcycle.graph.node import Node
from tests.support.graphs import lowered

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
      carrier: {{pii: true}}
      arrival_delay: {{nullable: true, available_after: 24h}}
feature_views:
  schedule: {{source: flights, columns: [carrier, distance]}}
models:
  late: {{task: binary_classification, label: flights.late, horizon: 2h, features: [schedule]}}
services:
  api:
    model: late
    log: {{redact: [distance]}}
    labels: {{source: flights, column: late}}
monitors:
  delays:
    service: api
    chunk: {{every: 1d, min_rows: 200}}
{signals}"""


def monitor(signals: str = "") -> Node:
    return lowered(SPEC.format(signals=signals)).graph["shop/monitors/delays"]


def test_a_monitor_reads_the_test_side_the_package_and_the_labels_and_observes_the_log() -> None:
    node = monitor()
    assert node.inputs == {
        "package": "shop/models/late/package",
        "dataset": "shop/models/late/dataset",
        "split": "shop/models/late/split",
        "labels": "shop/sources/flights",
    }
    assert node.observes == ("predictions:api",)
    assert node.config == {
        "service": "api",
        "model": "late",
        "every_seconds": 86_400,
        "min_rows": 200,
        "wait_seconds": (2 + 24 + 24) * 3600,
        "labels": {
            "column": "late",
            "key": [{"name": "flight_id", "dtype": "string"}],
            "timestamp": "scheduled_departure",
            "available_after_seconds": 86_400,
        },
        "redacted": ["carrier", "distance"],
    }


def test_the_usual_signals_are_watched_where_none_is_written_and_none_stops_anything() -> None:
    node = monitor()
    assert [step.name for step in node.steps] == [
        "signal.0.data_drift",
        "signal.1.prediction_drift",
        "signal.2.estimated_performance",
        "signal.3.realized_performance",
    ]
    assert [step.config.get("metric") for step in node.steps[2:]] == ["roc_auc", "roc_auc"]
    assert [check.name for check in node.checks][-1] == "heartbeat"
    assert {check.severity for check in node.checks} == {"warn"}


def test_what_a_signal_says_is_its_step() -> None:
    node = monitor(
        "    signals:\n"
        "      - {kind: data_drift, columns: [distance], max: 0.1, severity: error}\n"
        "      - {kind: realized_performance, metric: accuracy, min_rows: 500}\n"
        "      - {kind: system, p99: 50ms}\n"
    )
    drift, realized, system = (step.config for step in node.steps)
    assert drift == {
        "min_rows": 200,
        "method": "jensen_shannon",
        "max": 0.1,
        "columns": ["schedule.distance"],
        "severity": "error",
    }
    assert realized["min_rows"] == 500
    assert realized["needs_labels"] is True
    assert system["p99_seconds"] == 0.05
    assert node.checks[0].severity == "error"
