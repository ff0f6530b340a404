"""What cleaning makes of columns: names, types, when they are known, marks; before anything runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mlcycle.graph.column import Column
from mlcycle.lowering.resolved import ResolvedSource
from tests.support.graphs import codes, lowered

SOURCE = """mlcycle: 1
sources:
  flights:
    kind: parquet
    path: data/flights.parquet
    timestamp: scheduled_departure
"""
DAY = timedelta(days=1)


def source(clean: str, rest: str = "") -> ResolvedSource:
    return lowered(f"{SOURCE}    clean:\n      - {clean}\n{rest}").resolution.sources["flights"]


def column(clean: str, name: str, rest: str = "") -> Column:
    return source(clean, rest).table.columns[name]


def test_what_is_declared_under_the_new_name_holds_for_the_old_one() -> None:
    rest = "    columns: {delay: {available_after: 24h, pii: true, nullable: true}}\n"
    found = source("{kind: rename, columns: {arrival_delay: delay}}", rest)
    assert "arrival_delay" not in found.table.columns
    assert found.table.columns["delay"].name == "delay"
    for one in (found.read.columns["arrival_delay"], found.table.columns["delay"]):
        assert (one.available_after, one.pii, one.dtype) == (DAY, True, "float64")
    assert found.hidden == ("arrival_delay",)


def test_personal_data_that_is_left_out_stays_hidden() -> None:
    clean = "{kind: aggregate, by: [scheduled_departure], columns: {n: {function: count}}}"
    rest = "    columns: {carrier: {pii: true}}\n"
    assert source(clean, rest).hidden == ("carrier",)


@pytest.mark.parametrize(
    ("clean", "name", "dtype", "nullable"),
    [
        ("{kind: cast, columns: {flight_number: string}}", "flight_number", "string", True),
        ("{kind: fill_nulls, columns: distance, value: 0}", "distance", "float64", False),
        ("{kind: map_values, column: carrier, values: {UA: 1}, others: error}", "carrier", "int64", True),
        ("{kind: map_values, column: carrier, values: {UA: AA}}", "carrier", "string", True),
        ("{kind: clip, columns: flight_number, max: 10}", "flight_number", "int64", True),
    ],
)
def test_types_and_nulls(clean: str, name: str, dtype: str, nullable: bool) -> None:
    found = column(clean, name)
    assert (found.dtype, found.nullable) == (dtype, nullable)
    assert [str(ref) for ref in found.lineage] == [f"flights.{name}"]


def test_a_declared_type_is_what_cleaning_gives_and_not_what_is_read() -> None:
    rest = "    columns: {flight_number: {dtype: string}}\n"
    found = source("{kind: cast, columns: {flight_number: string}}", rest)
    assert found.read.columns["flight_number"].dtype == "int64"
    assert found.table.columns["flight_number"].dtype == "string"
    assert not found.findings


def test_merged_rows_are_known_no_sooner_than_their_last_event() -> None:
    """A request could carry none of it before the event: what is merged is not there yet."""
    clean = """kind: aggregate
        by: carrier
        columns:
          scheduled_departure: {function: max, column: scheduled_departure}
          n: {function: count}
          worst: {function: max, column: arrival_delay}
"""
    late = "    columns: {arrival_delay: {available_after: 24h}}\n"
    found = source(clean, late).table.columns
    assert list(found) == ["carrier", "scheduled_departure", "n", "worst"]
    assert found["n"].available_after == timedelta(0)
    assert found["carrier"].available_after is None


def test_merged_rows_are_as_late_as_what_is_summed_and_as_their_key() -> None:
    clean = "{kind: aggregate, by: [scheduled_departure, carrier], columns: %s}\n"
    sums = "{worst: {function: max, column: arrival_delay}, n: {function: count}}"
    text = f"{SOURCE}    available_after: 1h\n    clean:\n      - {clean % sums}"
    found = lowered(text).resolution.sources["flights"].table.columns
    assert found["n"].available_after == timedelta(hours=1)


def test_a_filter_makes_rows_as_late_as_what_it_reads() -> None:
    rest = """    columns: {arrival_delay: {nullable: true, available_after: 24h}}
entities: {airport: origin}
feature_views:
  record: {source: flights, entity: airport, features: {n: {kind: aggregation, function: count, window: 7d}}}
"""
    assert codes(f"{SOURCE}    clean: [{{kind: filter, expression: 'distance > 0'}}]\n{rest}") == []
    late = f"{SOURCE}    clean: [{{kind: filter, expression: 'arrival_delay > 0'}}]\n{rest}"
    assert codes(late) == ["MLC403"]


@pytest.mark.parametrize(
    ("clean", "found"),
    [
        ("{kind: filter, expression: 'no_such > 0'}", ["MLC336"]),
        ("{kind: filter, expression: \"is_holiday(scheduled_departure, 'US')\"}", ["MLC313"]),
        ("{kind: clip, columns: flight_number, max: 1.5}", ["MLC341"]),
        ("{kind: clip, columns: distance, min: 2, max: 1}", ["MLC109"]),
        ("{kind: normalize_text, columns: distance}", ["MLC302"]),
        ("{kind: map_values, column: flight_number, values: {one: 1}}", ["MLC341"]),
        ("{kind: map_values, column: carrier, values: {a: 1, b: x}, others: error}", ["MLC341"]),
        ("{kind: cast, columns: {scheduled_departure: date}}", ["MLC240"]),
        ("{kind: rename, columns: {origin: to, destination: to}}", ["MLC304"]),
        ("{kind: rename, columns: {origin: destination, destination: origin}}", []),
        ("{kind: aggregate, by: scheduled_departure, columns: {n: {function: sum}}}", ["MLC102"]),
        (
            "{kind: aggregate, by: scheduled_departure, columns: {s: {function: sum, column: origin}}}",
            ["MLC302"],
        ),
        (
            "{kind: aggregate, by: [scheduled_departure, origin], columns: {origin: {function: count}}}",
            ["MLC304"],
        ),
    ],
)
def test_mistakes(clean: str, found: list[str]) -> None:
    text = f"{SOURCE}    clean:\n      - {clean}\n"
    if found in (["MLC109"], ["MLC102"]):
        from mlcycle.language.kinds import find_kinds
        from mlcycle.language.load import load_bytes

        loaded = load_bytes(text.encode(), "specs/shop.yaml", find_kinds(outside=()))
        assert [one.code for one in loaded.diagnostics] == found
    else:
        assert codes(text) == found


def test_every_step_is_a_sentence() -> None:
    graph = lowered(
        f"{SOURCE}    clean: [{{kind: drop_nulls, columns: origin, description: Ferry flights.}}]\n"
    ).graph
    node = graph["shop/sources/flights"]
    assert node.documentation["cleaning"] == {"clean.0": "rows in which `origin` is null: Ferry flights."}
    assert "cleaning" not in node.config


def test_a_format_of_dates_is_handed_to_the_reader() -> None:
    rest = "    columns: {day: {dtype: date, format: '%d.%m.%Y'}}\n"
    found = source("{kind: rename, columns: {tail_number: day}}", rest)
    read = found.steps[0].config["columns"]
    assert {"name": "tail_number", "dtype": "date", "format": "%d.%m.%Y"} in read


@pytest.mark.parametrize(
    ("promise", "found"),
    [
        ("columns: {arrival_delay: {available_after: 24h}}", ["MLC404"]),
        ("columns: {arrival_delay: {available_after: 24h, nullable: true}}", []),
        ("columns: {arrival_delay: {available_after: 24h, nullable: true, unique: true}}", ["MLC404"]),
        (
            "columns: {arrival_delay: {available_after: 24h, nullable: true, "
            "checks: {less_than: {max_value: 9, severity: warn}}}}",
            [],
        ),
        (
            "columns: {arrival_delay: {available_after: 24h, nullable: true}}\n"
            "    checks: [{kind: expression, expression: 'arrival_delay < 900'}]",
            ["MLC404"],
        ),
        (
            "columns: {arrival_delay: {available_after: 24h, nullable: true}}\n"
            "    checks: [{kind: statistic, column: arrival_delay, statistic: mean, max: 60}]",
            [],
        ),
    ],
)
def test_a_row_that_is_set_aside_is_a_row_that_is_dropped(promise: str, found: list[str]) -> None:
    model = """
feature_views: {schedule: {source: flights, columns: [carrier]}}
models: {delay: {task: regression, label: flights.arrival_delay, features: [schedule]}}
"""
    assert codes(f"{SOURCE}    {promise}\n    quarantine: {{max_share: 1%}}\n{model}") == found
    assert codes(f"{SOURCE}    {promise}\n{model}") == []
