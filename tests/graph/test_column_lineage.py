"""What is said of a column of the example, in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcycle.graph.column_lineage import names, trace
from mlcycle.graph.node import Graph
from tests.support.graphs import lowered, spec_text


@pytest.fixture(scope="module")
def graph(repository: Path) -> Graph:
    return lowered(spec_text(repository), "specs/flight_delays.yaml").graph


def _places(graph: Graph, name: str, part: str) -> set[tuple[str, str]]:
    traced = trace(graph, name)
    assert traced is not None
    return {(place.use, place.column) for place in traced.places if place.node.endswith(part)}


def test_a_source_column_is_followed_to_what_a_service_looks_up(graph: Graph) -> None:
    name = "flights.arrival_delay"
    records = {"airline_record.late_rate_7d", "airline_record.late_last"}
    assert _places(graph, name, "sources/flights") == {("column", "late")}
    assert _places(graph, name, "features/airline_record") == {("feature", record) for record in records}
    assert _places(graph, name, "late/dataset") == {("label", "label"), *(("input", r) for r in records)}
    assert _places(graph, name, "delays_api/service") == {("lookup", record) for record in records}


def test_a_column_of_the_row_is_followed_to_what_a_request_carries(graph: Graph) -> None:
    found = _places(graph, "flights.distance", "late/dataset")
    assert found == {
        ("request", "request.distance"),
        ("input", "schedule.distance"),
        ("input", "crosses.headwind_miles"),
    }
    assert _places(graph, "flights.distance", "delays_api/service") == {("request", "distance")}
    assert _places(graph, "flights.origin", "late/dataset") == {
        ("request", "request.origin"),
        ("group", "by.origin"),
    }


def test_a_feature_made_of_features_names_them_and_their_sources(graph: Graph) -> None:
    traced = trace(graph, "crosses.headwind_miles")
    assert traced is not None
    assert traced.features == ("schedule.distance", "weather_at_origin.wind_speed")
    assert list(map(str, traced.sources)) == ["flights.distance", "weather.wind_speed"]
    assert _places(graph, "weather_at_origin.wind_speed", "late/dataset") == {
        ("input", "weather_at_origin.wind_speed"),
        ("input", "crosses.headwind_miles"),
    }


def test_a_column_that_nothing_reads_goes_nowhere(graph: Graph) -> None:
    traced = trace(graph, "planes.engines")
    assert traced is not None
    assert traced.places == ()
    assert traced.sources == ()


def test_what_is_not_there_is_not_traced(graph: Graph) -> None:
    assert trace(graph, "flights.arival_delay") is None
    assert "flights.arrival_delay" in names(graph)
    assert "crosses.headwind_miles" in names(graph)
