"""Late rows against an oracle: nothing is known before it was there, and what was known does not change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcycle.graph.column import Column
from mlcycle.graph.node import Node
from mlcycle.kinds.features.aggregation.work import changes
from mlcycle.kinds.sources.late import FIRST_SEEN, first_seen
from mlcycle.ports import Ports
from mlcycle.task import Task

pytestmark = pytest.mark.slow

START = datetime(2020, 1, 1, tzinfo=UTC)
COUNT = {"output": "n", "dtype": "int64", "function": "count", "min_rows": 0, "available_after_seconds": 0}


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


@dataclass(frozen=True)
class Row:
    """An order: when it was placed, and when it came into the database. Equal ones are alike."""

    event: int
    delay: int
    amount: int

    @property
    def arrival(self) -> int:
        return self.event + self.delay


ROWS = st.lists(st.builds(Row, st.integers(0, 23), st.integers(0, 60), st.integers(1, 2)), max_size=12)
READINGS = st.lists(st.integers(0, 90), min_size=1, max_size=5, unique=True).map(sorted)


def task(at: datetime, key: tuple[str, ...] = ()) -> Task:
    node = Node(name="p", kind="partition", work="", config={"timestamp": "at", "key": list(key)})
    return Task(
        node=node, inputs={}, root=cast(Any, None), out=cast(Any, None), now=at, ports=cast(Ports, None)
    )


def there(rows: list[Row], at: int) -> pl.DataFrame:
    """What the database has at a time, in no order that means anything."""
    found = [row for row in rows if row.arrival <= at and row.event <= at]
    columns = {
        "customer": ["c"] * len(found),
        "at": [hour(row.event) for row in found],
        "amount": [row.amount for row in found],
    }
    types = {"customer": pl.String, "at": pl.Datetime("us", "UTC"), "amount": pl.Int64}
    return pl.DataFrame(columns, schema=types).sort("amount", descending=at % 2 == 0).sort("at")


def tables(rows: list[Row], readings: list[int]) -> list[pl.DataFrame]:
    """The partition after each reading."""
    made: list[pl.DataFrame] = []
    before = None
    for at in readings:
        table, _ = first_seen(there(rows, at), before, task(hour(at)), same_question=True)
        made.append(table)
        before = (table, hour(at))
    return made


def known(table: pl.DataFrame, until: int) -> list[tuple[datetime, int]]:
    """The count over all orders as it was known at each time: what training rows of those times have."""
    config = {**COUNT, "created_timestamp": FIRST_SEEN}
    steps = changes(table, config, ["customer"], "at").filter(pl.col("available_at") <= hour(until))
    return list(steps.sort("available_at").select("available_at", "n").iter_rows())


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, readings=READINGS)
def test_what_was_known_at_a_reading_never_changes(rows: list[Row], readings: list[int]) -> None:
    *earlier, last = tables(rows, readings)
    for table, at in zip(earlier, readings, strict=False):
        assert known(last, at) == known(table, at)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, readings=READINGS)
def test_a_row_is_known_from_the_reading_that_found_it_if_an_earlier_one_should_have(
    rows: list[Row], readings: list[int]
) -> None:
    expected = []
    for row in rows:
        seen = [at for at in readings if at >= max(row.arrival, row.event)]
        missed = [at for at in readings if row.event <= at < row.arrival]
        if seen:
            expected.append((row.event, row.amount, seen[0] if missed else row.event))
    table = tables(rows, readings)[-1]
    found = [
        ((at - START).total_seconds() / 3600, amount, (seen - START).total_seconds() / 3600)
        for at, amount, seen in table.select("at", "amount", FIRST_SEEN).rows()
    ]
    assert sorted(found) == sorted(expected)


def test_another_question_keeps_what_is_known_of_late_rows_and_calls_no_row_late() -> None:
    old, new = Row(1, 0, 1), Row(2, 30, 2)
    table, late = first_seen(
        there([old, new], 40), (tables([old], [10])[0], hour(10)), task(hour(40)), same_question=True
    )
    assert late == 1
    wider = there([old, new, Row(3, 0, 2)], 50).with_columns(country=pl.lit("DE"))
    again, late = first_seen(wider, (table, hour(40)), task(hour(50)), same_question=False)
    assert again[FIRST_SEEN].to_list() == [hour(1), hour(40), hour(3)]
    assert late == 1


def _delays(*values: tuple[int, float | None, str]) -> pl.DataFrame:
    """Flights of one day, by the hour: delay and destination."""
    types = {"at": pl.Datetime("us", "UTC"), "delay": pl.Float64, "to": pl.String}
    return pl.DataFrame([(hour(at), delay, to) for at, delay, to in values], schema=types, orient="row")


def _waiting(at: datetime) -> Task:
    delay = Column(name="delay", dtype="float64", available_after=timedelta(hours=24))
    given = task(at)
    return replace(given, node=replace(given.node, columns=(Column(name="at"), delay, Column(name="to"))))


def test_a_value_that_comes_as_declared_makes_no_late_row() -> None:
    early, _ = first_seen(
        _delays((1, None, "SFO"), (2, 5.0, "LAX"), (3, None, "SFO")),
        None,
        _waiting(hour(10)),
        same_question=True,
    )
    filled = _delays((1, 7.0, "SFO"), (2, 5.0, "LAX"), (3, None, "SFO"), (4, 1.0, "BOS"))
    table, late = first_seen(filled, (early, hour(10)), _waiting(hour(40)), same_question=True)
    assert table[FIRST_SEEN].to_list() == [hour(1), hour(2), hour(3), hour(40)]
    assert late == 1
    assert table.drop(FIRST_SEEN).equals(filled)


def test_a_value_that_was_known_and_is_another_one_now_is_a_late_row() -> None:
    """And so is a row of which another value has changed, or a value that nobody declared to come later."""
    early, _ = first_seen(
        _delays((1, 5.0, "SFO"), (2, None, "LAX"), (3, None, "BOS")),
        None,
        _waiting(hour(10)),
        same_question=True,
    )
    other = _delays((1, 6.0, "SFO"), (2, 5.0, "SEA"), (3, 4.0, "BOS"))
    table, late = first_seen(other, (early, hour(10)), _waiting(hour(40)), same_question=True)
    assert table[FIRST_SEEN].to_list() == [hour(40), hour(40), hour(3)]
    assert late == 2
    _, late = first_seen(other, (early, hour(10)), task(hour(40)), same_question=True)
    assert late == 3


def test_rows_that_agree_in_all_but_what_they_wait_for_find_one_of_before_each() -> None:
    early, _ = first_seen(
        _delays((1, None, "SFO"), (1, None, "SFO")), None, _waiting(hour(10)), same_question=True
    )
    three = _delays((1, 7.0, "SFO"), (1, None, "SFO"), (1, 8.0, "SFO"))
    table, late = first_seen(three, (early, hour(10)), _waiting(hour(40)), same_question=True)
    assert late == 1
    assert sorted(table[FIRST_SEEN].to_list()) == [hour(1), hour(1), hour(40)]
    assert table[FIRST_SEEN][1] == hour(1)


def test_by_the_key_where_the_question_and_the_values_are_others() -> None:
    before = tables([Row(1, 0, 1), Row(2, 30, 2)], [10, 40])[-1]
    other = before.drop(FIRST_SEEN).with_columns(amount=pl.col("amount") * 100)
    given = replace(task(hour(50)), node=task(hour(50), ("at",)).node)
    again, _ = first_seen(other, (before, hour(40)), given, same_question=False)
    assert again[FIRST_SEEN].to_list() == [hour(1), hour(40)]


def test_days_are_midnights() -> None:
    days = pl.DataFrame({"at": [START.date()], "amount": [1]})
    first, _ = first_seen(days.clear(), None, task(hour(5)), same_question=True)
    again, late = first_seen(days, (first, hour(5)), task(hour(9)), same_question=True)
    assert (again[FIRST_SEEN].to_list(), late) == ([hour(9)], 1)
