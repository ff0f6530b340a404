"""What the feature store is told of features that are computed from the row."""

from __future__ import annotations

from typing import Any

from tests.support.graphs import lowered

SPEC = """
mlcycle: 1
owner: {{team: operations}}
sources:
  flights:
    kind: parquet
    path: data/{file}.parquet
    timestamp: scheduled_departure
    columns: {{arrival_delay: {{nullable: true, available_after: 24h}}}}
    derive: {{late: {{expression: "arrival_delay >= 15", dtype: bool}}}}
  planes: {{kind: csv, path: data/planes.csv, columns: {{tail_number: {{unique: true}}}}}}
entities: {{aircraft: tail_number}}
feature_views:
  aircraft_facts: {{source: planes, entity: aircraft, columns: [seats]}}
  schedule:
    description: By the plan.
    owner: {{team: planning}}
    source: flights
    columns: [distance]
    features:
      far: {{kind: expression, expression: "distance / 1000"}}
  same:
    features: {{one: {{kind: expression, expression: "1.5"}}}}
  crosses:
    features: {{reach: {{kind: expression, expression: "aircraft_facts.seats * schedule.far"}}}}
models:
  late:
    task: binary_classification
    label: flights.late
    horizon: 2h
    features: [{features}]
"""


def store(features: str, file: str = "flights") -> list[Any]:
    graph = lowered(SPEC.format(features=features, file=file), "specs/delays.yaml").graph
    return [node for node in graph.nodes if node.kind == "feature_store"]


def test_a_model_reads_its_computed_features_beside_the_stored_ones() -> None:
    (node,) = store("schedule.far, aircraft_facts")
    (stored,) = (name for name in node.config["services"]["late"] if name.startswith("aircraft_facts__"))
    assert node.config["services"] == {"late": {stored: ["seats"], "schedule": ["far"]}}
    (node,) = store("schedule.far")  # no model has to read what is stored
    assert node.config["services"] == {"late": {"schedule": ["far"]}}


def test_a_view_takes_all_that_its_program_reads_of_others_along() -> None:
    (node,) = store("schedule")
    crosses = node.config["on_demand"]["crosses"]
    assert crosses["request"] == [{"name": "distance", "dtype": "float64"}]
    assert [entry["output"] for entry in crosses["program"]] == ["schedule.far", "crosses.reach"]
    assert [(each["view"], each["features"]) for each in crosses["lookups"]] == [
        ("aircraft_facts", [{"name": "seats", "dtype": "int64"}])
    ]
    assert [feature["name"] for feature in crosses["features"]] == ["reach"]


def test_what_reads_nothing_or_is_not_known_is_left_out() -> None:
    (node,) = store("schedule")
    assert {*node.config["on_demand"]} == {"schedule", "crosses"}  # `same` is the same for every row
    (node,) = store("schedule", file="not_there")
    assert "on_demand" not in node.config
    assert node.config["services"] == {}


def test_the_owner_of_a_view_is_its_own_before_the_projects() -> None:
    (node,) = store("schedule")
    assert node.documentation["owner"] == "operations"
    assert node.documentation["owners"] == {"schedule": "planning"}
    assert node.documentation["views"]["schedule"] == "By the plan."
