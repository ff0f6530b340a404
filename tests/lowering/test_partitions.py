"""A source by partitions: its nodes, and `first_seen` as the time from which late rows are known."""

from __future__ import annotations

import pytest

from mlcycle.control.retrain import measuring
from mlcycle.graph.node import Graph
from tests.support.graphs import checked, codes

SPEC = """
mlcycle: 1
sources:
  weather:
    kind: parquet
    path: data/weather.parquet
    timestamp: observed_at
    partitions: {every: month, start: 2013-01-01}
entities:
  airport: origin
feature_views:
  weather:
    source: weather
    entity: airport
    columns: {except: [wind_gust]}
"""
CREATED = SPEC.replace("timestamp: observed_at", "timestamp: observed_at\n    created_timestamp: observed_at")


def graph(text: str) -> Graph:
    made, found = checked(text)
    assert made is not None, found
    return made


def test_the_partitions_come_before_the_source_and_observe_for_it() -> None:
    made = graph(SPEC)
    partitions, source = made.nodes[:2]
    assert (partitions.name, source.name) == ("shop/partitions/weather", "shop/sources/weather")
    assert source.inputs == {"partitions": partitions.name}
    assert (partitions.observes, source.observes) == (("file:data/weather.parquet",), ())
    assert source.steps[0].work == "mlcycle.kinds.sources.union:assembled"
    assert partitions.config["start"] == "2013-01-01T00:00:00+00:00"
    assert "end" not in partitions.config
    assert measuring(made, (source.name,)) == (partitions.name, source.name)


def test_late_rows_are_known_from_when_they_were_first_seen() -> None:
    made = graph(SPEC)
    assert made["shop/partitions/weather"].config["first_seen"] is True
    assert "first_seen" not in [c["name"] for c in made["shop/partitions/weather"].steps[0].config["columns"]]
    assert "first_seen" in [column.name for column in made["shop/sources/weather"].columns]
    view = made["shop/features/weather"].config
    assert view["created_timestamp"] == "first_seen"
    assert "first_seen" not in [feature["name"] for feature in view["features"]]


def test_a_source_that_tells_itself_when_a_row_was_written_gets_no_column() -> None:
    made = graph(CREATED)
    assert "first_seen" not in made["shop/partitions/weather"].config
    assert "first_seen" not in [column.name for column in made["shop/sources/weather"].columns]


def test_a_pinned_source_reads_no_partitions() -> None:
    made = graph(SPEC.replace("partitions:", "snapshot: 3f2a91c04b7e\n    partitions:"))
    assert made.nodes[0].name == "shop/sources/weather"
    assert made.nodes[0].observes == ("snapshot:3f2a91c04b7e",)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ("n: {function: count}, observed_at: {function: max, column: observed_at}", ["MLC240"]),
        (
            "n: {function: count}, observed_at: {function: max, column: observed_at},"
            " first_seen: {function: max, column: first_seen}",
            [],
        ),
    ],
)
def test_rows_that_are_merged_are_known_when_the_last_of_them_is(columns: str, found: list[str]) -> None:
    step = f"clean: [{{kind: aggregate, by: [origin], columns: {{{columns}}}}}]"
    text = SPEC.replace("partitions:", f"{step}\n    partitions:").replace("{except: [wind_gust]}", "[n]")
    assert codes(text) == found
