"""Populations and labels of later events, on a few rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mlcycle.kinds.training import population as module
from mlcycle.task import WorkError
from tests.kinds.training.row_cases import LABEL, START, events, hour, population, run

LATER = "label of later events"
FLIGHTS = events(("UA", 0, 1), ("UA", 1, 0), ("UA", 2, None), ("B6", 1.5, 1), ("UA", 2.5, 1), ("B6", 9, 0))


def iso(*hours: float) -> list[str]:
    return [hour(number).isoformat() for number in hours]


def test_one_row_for_each_moment_and_each_key_known_by_then(tmp_path: Path) -> None:
    config = population(at=iso(2, 1, 1.5))
    rows, outcome = run(tmp_path, config, hour(10), members=FLIGHTS, events=FLIGHTS)
    assert rows.select("as_of", "carrier").rows() == [
        (hour(1), "UA"),  # B6 is first known at 1:30, which is known by then
        (hour(1.5), "B6"),
        (hour(1.5), "UA"),
        (hour(2), "B6"),
        (hour(2), "UA"),
    ]
    assert outcome.figures["moments"] == 3
    assert outcome.figures["keys"] == 2


def test_a_key_is_known_as_late_as_its_rows_are(tmp_path: Path) -> None:
    written_late = FLIGHTS.with_columns(
        made=pl.when(pl.col("carrier") == "B6").then(pl.lit(hour(5))).otherwise(pl.col("at"))
    )
    late = population(at=iso(0, 4, 5), available_after_seconds=7200, created_timestamp="made")
    rows, _ = run(tmp_path, late, hour(10), members=written_late, events=FLIGHTS)
    assert rows.select("as_of", "carrier").rows() == [(hour(4), "UA"), (hour(5), "B6"), (hour(5), "UA")]


def test_the_window_begins_with_the_moment_and_ends_before_its_end(tmp_path: Path) -> None:
    """[1:00, 2:00) has the event of 1:00 and not that of 2:00; [1:30, 2:30) has one without a value alone."""
    rows, outcome = run(tmp_path, population(at=iso(1, 1.5)), hour(10), members=FLIGHTS, events=FLIGHTS)
    assert rows.filter(carrier="UA").get_column(LATER).to_list() == [0.0, None]
    assert rows.filter(carrier="B6").get_column(LATER).to_list() == [1.0]
    assert outcome.figures["nothing_to_tell"] == 1


@pytest.mark.parametrize(
    ("function", "dtype", "expected"),
    [
        ("count", "int64", [1, 0, 0]),  # a flight without a value; two without a flight
        ("sum", "int64", [None, 0, 0]),
        ("any", "bool", [None, False, False]),
        ("mean", "float64", [None, None, None]),
        ("max", "int64", [None, None, None]),
    ],
)
def test_no_event_is_not_the_same_as_an_event_that_tells_nothing(
    tmp_path: Path, function: str, dtype: str, expected: list[Any]
) -> None:
    label: dict[str, Any] = {"function": function, "dtype": dtype}
    config = population(label, at=iso(2, 4))
    if function == "count":
        del config["label"]["column"]
    flights = FLIGHTS.with_columns(value=pl.col("value") > 0) if function == "any" else FLIGHTS
    flights = flights.filter(pl.col("at") != hour(2.5))
    rows, _ = run(tmp_path, config, hour(12), members=flights, events=flights)
    known = rows.filter((pl.col("carrier") == "UA") | (pl.col("as_of") == hour(4)))
    assert known.sort("as_of", "carrier", descending=[False, True]).get_column(LATER).to_list() == expected


def test_a_label_is_not_guessed_before_its_window_and_the_wait_are_over(tmp_path: Path) -> None:
    """Of a flight of 0:30 the window is over at 1:30, and what happened in it known half an hour later."""
    config = population({"available_after_seconds": 1800}, at=iso(0.5))

    def label(now: float, flights: pl.DataFrame) -> tuple[float | None, int]:
        rows, outcome = run(tmp_path, config, hour(now), members=flights, events=flights)
        return rows.get_column(LATER).to_list()[0], outcome.figures["window_not_over"]

    assert label(2, FLIGHTS) == (0.0, 0)
    assert label(1.99, FLIGHTS) == (None, 1)
    # The clock is past it, and the data is not: what is missing in it may still come.
    assert label(100, FLIGHTS.filter(pl.col("at") < hour(2))) == (None, 1)


def test_so_few_values_are_no_label(tmp_path: Path) -> None:
    rows, _ = run(
        tmp_path,
        population({"min_rows": 2, "window_seconds": 7200}, at=iso(0, 1.5)),
        hour(10),
        members=FLIGHTS,
        events=FLIGHTS,
    )
    assert rows.filter(carrier="UA").get_column(LATER).to_list() == [0.5, None]


def test_the_moments_of_a_cron_up_to_now(tmp_path: Path) -> None:
    config = population(cron="0 6 * * 1", start=START.isoformat(), timezone="Europe/Berlin")
    week = timedelta(days=7)
    rows, _ = run(tmp_path, config, START + week + timedelta(hours=5), members=FLIGHTS, events=FLIGHTS)
    assert rows.get_column("as_of").unique().to_list() == [hour(5), hour(5) + week]
    bounded = population(cron="0 6 * * 1", start=START.isoformat(), until=(START + week).isoformat())
    rows, _ = run(tmp_path, bounded, START + 9 * week, members=FLIGHTS, events=FLIGHTS)
    assert rows.get_column("as_of").unique().to_list() == [hour(6)]


def test_listed_moments_that_are_still_to_come_are_counted(tmp_path: Path) -> None:
    rows, outcome = run(tmp_path, population(at=iso(2, 40, 41)), hour(40), members=FLIGHTS, events=FLIGHTS)
    assert rows.get_column("as_of").max() == hour(40)
    assert outcome.figures["moments_to_come"] == 1


def test_rows_of_a_source_keep_their_columns_and_are_predicted_before_their_event(tmp_path: Path) -> None:
    shops = pl.DataFrame({"carrier": ["UA", None], "opens": [hour(2), hour(2)], "size": [3, 4]})
    shops = shops.with_columns(pl.col("opens").cast(pl.Datetime("us", "UTC")))
    config = {"timestamp": "opens", "horizon_seconds": 3600, "label": {**LABEL, "function": "sum"}}
    rows, outcome = run(tmp_path, config, hour(10), rows=shops, events=FLIGHTS)
    assert rows.columns == ["carrier", "opens", "size", LATER]
    assert rows.get_column(LATER).to_list() == [0.0, None]  # of 1:00 to 2:00; nobody's events are not none
    assert outcome.figures["nothing_to_tell"] == 1
    asked = {"timestamp": "opens", "predict_at": "asked", "label": {**LABEL, "function": "count"}}
    early = shops.with_columns(asked=pl.lit(hour(0.5)).cast(pl.Datetime("us", "UTC")))
    rows, _ = run(tmp_path, asked, hour(10), rows=early, events=FLIGHTS)
    assert rows.get_column(LATER).to_list() == [1.0, None]


def test_events_without_a_key_or_a_time_are_counted(tmp_path: Path) -> None:
    odd = pl.concat([FLIGHTS, events((None, 1, 1), ("UA", None, 1))])
    _, outcome = run(tmp_path, population(at=iso(2)), hour(10), members=odd, events=odd)
    assert outcome.figures["events_without_key_or_time"] == 2


@pytest.mark.parametrize(
    ("moments", "message"),
    [
        ({"at": iso(40)}, "no moment of the population has come yet"),
        ({"at": iso(-1)}, "the last is 2023-12-31 23:00, and the first key became known 2024-01-01 00:00"),
    ],
)
def test_a_population_without_a_row_is_refused(tmp_path: Path, moments: dict[str, Any], message: str) -> None:
    with pytest.raises(WorkError, match=message) as refused:
        run(tmp_path, population(**moments), hour(10), members=FLIGHTS, events=FLIGHTS)
    assert refused.value.code == "MLC880"


def test_a_population_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 3)
    with pytest.raises(WorkError, match="2 keys as of 2 moments") as refused:
        run(tmp_path, population(at=iso(2, 3)), hour(10), members=FLIGHTS, events=FLIGHTS)
    assert refused.value.code == "MLC881"


def test_keys_that_never_meet_are_refused(tmp_path: Path) -> None:
    numbered = FLIGHTS.with_columns(carrier=pl.lit(1))
    with pytest.raises(WorkError, match="`carrier` is String in the rows and Int32 in the events") as refused:
        run(tmp_path, population(at=iso(2)), hour(10), members=FLIGHTS, events=numbered)
    assert refused.value.code == "MLC882"
