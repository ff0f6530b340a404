"""What is measured of a column, to the row, and what is never shown of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from mlcycle.kinds.sheets.measure import FEWEST, Measured, measure
from mlcycle.kinds.sheets.periods import over_time
from mlcycle.kinds.sheets.shown import column, spark
from mlcycle.kinds.sheets.words import number, share


def _of(values: Any, dtype: Any = None, **marks: Any) -> Measured:
    return measure(pl.Series("a", values, dtype=dtype), "any", marks)


def _bars(found: Measured) -> list[tuple[str, int]]:
    return [(each.label, each.rows) for each in found.bins]


def test_few_whole_numbers_have_a_bar_each() -> None:
    found = _of([3, 1, 1, None, 2, 1])
    assert (found.rows, found.missing, found.shape) == (6, 1, "numbers")
    assert _bars(found) == [("1", 3), ("2", 1), ("3", 1)]
    assert dict(found.facts) == {
        "least": "1",
        "5%": "1",
        "mean": "1.6",
        "median": "1",
        "95%": "2.8",
        "greatest": "3",
    }


def test_a_histogram_holds_every_row_and_says_what_lies_beyond() -> None:
    found = _of([float(n) for n in range(1000)] + [1e9, float("nan")])
    assert sum(each.rows for each in found.bins) == 1001
    assert len(found.bins) == 30
    assert found.missing == 1
    assert found.ends == ("5", "995")
    assert found.note == "The outermost bars hold 10 rows from beyond the picture."
    assert dict(found.facts)["greatest"] == "1,000,000,000"


def test_one_number_alone_and_no_number_at_all() -> None:
    assert _bars(_of([2.5] * 7)) == [("2.5", 7)]
    assert _of([None, None], pl.Float64).shape == "empty"
    assert _of([], pl.String).missing_share == 0.0


def test_true_and_false_are_counted() -> None:
    found = _of([True, False, True, None])
    assert _bars(found) == [("false", 1), ("true", 2)]
    assert found.facts == (("true", "66.7%"),)


def test_categories_are_named_and_rare_ones_are_not() -> None:
    found = _of(["EWR"] * 6 + ["JFK"] * FEWEST + ["LGA"] * (FEWEST - 1) + [None])
    assert [(each.label, each.rows, each.rest) for each in found.top] == [
        ("EWR", 6, False),
        ("JFK", 5, False),
        ("1 other value", 4, True),
    ]
    assert found.note == "Values of fewer than 5 rows are not named."
    assert column(found).line == "EWR 40.0%, JFK 33.3%, 1 other value 26.7%"


@pytest.mark.parametrize(
    "values",
    [
        [f"planted {n}" for n in range(20)],
        ["planted " + "x" * 60] * 20,
        ["planted\nline"] * 20,
    ],
    ids=["names", "long", "lines"],
)
def test_no_value_of_free_text_is_shown(values: list[str]) -> None:
    found = _of(values)
    assert (found.shape, found.top) == ("text", ())
    assert "planted" not in repr(column(found))


@pytest.mark.parametrize(
    "values",
    [["planted"] * 9, [31337] * 9, [31337.5] * 9, [date(1931, 3, 7)] * 9, [True] * 9],
    ids=["text", "whole", "number", "day", "flag"],
)
def test_of_personal_data_only_what_is_missing_is_shown(values: list[Any]) -> None:
    found = _of([*values, None], pii=True)
    assert (found.shape, found.facts, found.bins, found.top) == ("hidden", (), (), ())
    shown = column(found)
    assert shown.missing == "1 (10.0%)"
    assert not any(value in repr(shown) for value in ("planted", "31337", "1931", "true"))
    assert shown.marks == ("personal data",)


@pytest.mark.parametrize(
    ("step", "rows", "word", "first", "last"),
    [
        (timedelta(minutes=30), 5, "an hour", ("2024-02-28 00:00", 2), ("2024-02-28 02:00", 1)),
        (timedelta(days=1), 4, "a day", ("2024-02-28", 1), ("2024-03-02", 1)),
        (timedelta(days=30), 13, "a week", ("week of 2024-02-26", 1), ("week of 2025-02-17", 1)),
        (timedelta(days=400), 4, "a month", ("2024-02", 1), ("2027-06", 1)),
        (timedelta(days=4000), 30, "a decade", ("decade from 2020", 1), ("decade from 2340", 1)),
    ],
)
def test_rows_over_time_are_of_the_shortest_period_that_fits(
    step: timedelta, rows: int, word: str, first: tuple[str, int], last: tuple[str, int]
) -> None:
    times = [datetime(2024, 2, 28, tzinfo=UTC) + step * n for n in range(rows)]
    found, periods = over_time(pl.Series(times, dtype=pl.Datetime("us", "UTC")))
    assert (found, periods[0], periods[-1]) == (word, first, last)
    assert sum(count for _, count in periods) == rows
    assert len(periods) <= 61


def test_a_period_without_rows_is_there_nevertheless() -> None:
    found = over_time(pl.Series([date(2024, 1, 1), date(2024, 1, 4)]))
    assert found == ("a day", (("2024-01-01", 1), ("2024-01-02", 0), ("2024-01-03", 0), ("2024-01-04", 1)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1956, "1956"),
        (12345.678, "12,345.7"),
        (0.012345, "0.01235"),
        (-43, "-43"),
        (1e20, "1e+20"),
        (None, ""),
    ],
)
def test_numbers_have_as_many_digits_as_one_reads(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0%"), (0.0002, "under 0.1%"), (0.123, "12.3%"), (0.9999, "over 99.9%"), (1.0, "100%")],
)
def test_a_share_is_nothing_or_all_only_where_it_is(value: float, text: str) -> None:
    assert share(value) == text


def test_a_picture_in_text_has_a_mark_for_every_bar_and_none_for_nothing() -> None:
    assert spark(_of([1, 2, 2, 2, 3, 3]).bins) == "▄█▆"
    assert spark(()) == ""
    assert len(spark(_of([float(n) for n in range(100)]).bins)) == 30
