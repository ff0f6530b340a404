"""Populations and labels of later events: what checking lets pass, at the edge of what it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.graphs import checked, codes, lowered

SPEC = """mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
    key: flight_id
    columns:
      distance: {available_after: @DISTANCE}
      arrival_delay: {nullable: true, available_after: 24h}
entities: {airline: carrier}
feature_views:
  record:
    source: flights
    entity: airline
    features: {miles: {kind: aggregation, function: mean, column: distance, window: 28d}}
models:
  week:
    task: @TASK
    label: {source: flights, column: @COLUMN, function: @FUNCTION, window: 7d, entity: airline}
    population: {entity: airline, at: [2013-03-01, 2013-04-01]}
    features: [record]
services:
  week_api: {model: week}
"""


def spec(**changes: str) -> str:
    given = {"task": "regression", "column": "arrival_delay", "function": "mean", "distance": "1s"}
    text = SPEC
    for name, value in (given | changes).items():
        text = text.replace(f"@{name.upper()}", value)
    return text


@pytest.mark.parametrize(("after", "found"), [("1s", []), ("0s", ["MLC350"])])
def test_an_event_at_the_moment_itself_is_in_the_label_alone(after: str, found: list[str]) -> None:
    assert codes(spec(distance=after)) == found


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("rows: flights", ["MLC350"]),
        ("rows: flights\n    predict_at: scheduled_departure", ["MLC350"]),
        ("rows: flights\n    horizon: 1h", []),
    ],
)
def test_a_row_of_the_events_is_not_predicted_at_its_own_time(when: str, found: list[str]) -> None:
    text = spec().replace("population: {entity: airline, at: [2013-03-01, 2013-04-01]}", when)
    text = text.replace("models:", "  schedule: {source: flights, columns: [destination]}\nmodels:")
    assert codes(text.replace("[record]", "[record, schedule]")) == found


@pytest.mark.parametrize(
    ("task", "function", "column", "found"),
    [
        ("binary_classification", "last", "flight_number", []),
        ("binary_classification", "distinct_count", "carrier", ["MLC352"]),
        ("binary_classification", "any", "arrival_delay", ["MLC302"]),
        ("multiclass_classification", "first", "destination", []),
        ("multiclass_classification", "count", "arrival_delay", []),
        ("regression", "last", "destination", ["MLC309"]),
        ("regression", "sum", "destination", ["MLC302", "MLC309"]),
    ],
)
def test_a_task_takes_what_a_function_gives(task: str, function: str, column: str, found: list[str]) -> None:
    assert sorted(codes(spec(task=task, function=function, column=column))) == found


def test_the_gap_is_the_window_the_wait_and_the_horizon() -> None:
    """The label is known that long after its row, so that no training row's was still open at the border."""
    graph, findings = checked(spec())
    assert findings == ()
    assert graph is not None
    (step,) = graph["shop/models/week/split"].steps
    assert step.config["gap_seconds"] == timedelta(days=8).total_seconds()
    rows = """rows: flights
    horizon: 2h"""
    text = spec().replace("population: {entity: airline, at: [2013-03-01, 2013-04-01]}", rows)
    (step,) = lowered(text).graph["shop/models/week/split"].steps
    assert step.config["gap_seconds"] == timedelta(days=8, hours=2).total_seconds()
    asked = text.replace("horizon: 2h", "predict_at: scheduled_departure")
    (step,) = lowered(asked).graph["shop/models/week/split"].steps
    assert step.config["gap_seconds"] == timedelta(days=8).total_seconds()
    assert (step.config["gap_begins_at"], step.config["gap_ends_at"]) == ("predict_at", "predict_at")


def test_who_is_there_is_known_as_late_as_what_rows_are_dropped_by() -> None:
    text = spec().replace(
        "    key: flight_id", "    key: flight_id\n    clean: [{kind: drop_nulls, columns: [air_time]}]"
    )
    text = text.replace(
        "      distance:", "      air_time: {nullable: true, available_after: 30h}\n      distance:"
    )
    model = lowered(text).resolution.models["week"]
    assert model.members is not None
    assert model.later is not None
    assert model.members.known_after == model.later.known_after == timedelta(hours=30)


def test_a_gap_of_your_own_is_measured_against_the_window() -> None:
    split = "    split: {kind: time, train: 0.7, test: 0.3, gap: 7d}\n    features"
    assert codes(spec().replace("    features: [rec", split + ": [rec")) == ["MLC408"]


@pytest.mark.slow
def test_the_moment_can_be_given_to_a_test_of_its_own() -> None:
    view = "  calendar: {features: {day: {kind: timestamp_part, column: as_of, part: day_of_week}}}\nmodels:"
    case = """tests:
  - {feature_view: calendar, given: [{as_of: "2013-03-01T00:00:00Z"}], expect: [{day: 5}]}
"""
    from mlcycle.cli.cases import run_cases

    text = spec().replace("models:", view) + case
    assert codes(text) == []
    outcome = run_cases(lowered(text))
    assert (outcome.compared, outcome.findings) == (1, ())


LABELLED = """    log: {redact: [@REDACT]}
    labels: {source: flights}
monitors:
  weeks:
    service: week_api
    chunk: {every: 7d}
    signals: [{kind: realized_performance, metric: mean_absolute_error}]
"""


def labelled(**changes: str) -> str:
    text = spec(**changes).replace("{model: week}", "\n    model: week\n" + LABELLED.rstrip("\n"))
    return text.replace("@REDACT", changes.get("redact", ""))


def test_a_service_is_told_outcomes_by_what_labels_are_made_of() -> None:
    """A request carries whose events, and from which moment on; the monitor has the config of the rows."""
    graph = lowered(labelled()).graph
    service, monitor, rows = (
        graph[f"shop/{name}"].config
        for name in ("services/week_api/service", "monitors/weeks", "models/week/rows")
    )
    assert service["labels"] == {"source": "flights", "key": ["carrier", "as_of"]}
    assert service["context"] == [{"name": "as_of", "dtype": "timestamp"}]
    key = [{"name": "carrier", "dtype": "string"}, {"name": "as_of", "dtype": "timestamp"}]
    assert monitor["labels"]["key"] == key
    assert monitor["labels"]["later"] == {name: rows[name] for name in ("timestamp", "label")}
    assert monitor["wait_seconds"] == (7 + 1 + 7) * 86_400
    assert graph["shop/monitors/weeks"].inputs["labels"] == "shop/sources/flights"


def test_a_row_of_a_source_is_joined_by_its_own_time() -> None:
    rows = "rows: flights\n    horizon: 1h"
    text = labelled().replace("population: {entity: airline, at: [2013-03-01, 2013-04-01]}", rows)
    graph = lowered(text).graph
    assert graph["shop/services/week_api/service"].config["labels"]["key"] == [
        "carrier",
        "scheduled_departure",
    ]
    assert graph["shop/monitors/weeks"].config["labels"]["later"]["horizon_seconds"] == 3600


@pytest.mark.parametrize("column", ["carrier", "as_of"])
def test_what_joins_outcomes_to_predictions_is_in_the_log(column: str) -> None:
    assert codes(labelled(redact=column)) == ["MLC651"]
