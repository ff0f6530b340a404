"""Populations and labels of later events against brute force: every event is looked at for every row."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.kinds.training.row_cases import FLIGHTS, START, population, run
from tests.support import time_oracle as oracle

pytestmark = pytest.mark.slow

FUNCTIONS = ("mean", "sum", "count", "min", "max", "std", "distinct_count", "first", "last")
MINUTE = timedelta(minutes=1)

Row = tuple[str, int, int | None, int | None]

rows = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 12),
        st.none() | st.integers(-3, 3),
        st.none() | st.integers(0, 25),
    ),
    min_size=1,
    max_size=12,
)


@st.composite
def labels(draw: st.DrawFn) -> dict[str, Any]:
    function = draw(st.sampled_from(FUNCTIONS))
    label: dict[str, Any] = {"function": function, "window_seconds": 60 * draw(st.integers(1, 8))}
    label["available_after_seconds"] = 60 * draw(st.integers(0, 4))
    label["dtype"] = "float64" if function in ("mean", "std") else "int64"
    if draw(st.booleans()):
        label["min_rows"] = draw(st.integers(1, 3))
    return label


def of_key(drawn: Sequence[Row], key: str) -> list[oracle.Event]:
    return [
        oracle.Event(
            time=START + minute * MINUTE,
            value=value,
            created=None if made is None else START + made * MINUTE,
            order=order,
        )
        for order, (who, minute, value, made) in enumerate(drawn)
        if who == key
    ]


def as_table(drawn: Sequence[Row]) -> pl.DataFrame:
    made = [
        {
            "carrier": who,
            "at": START + minute * MINUTE,
            "value": value,
            "made": START + (minute if made is None else made) * MINUTE,
            "order": order,
        }
        for order, (who, minute, value, made) in enumerate(drawn)
    ]
    return pl.DataFrame(made, schema=FLIGHTS)


@settings(max_examples=60, deadline=None)
@example(  # rows by moment, then by key: windows do not slide
    drawn=[("a", 1, None, None), ("a", 2, None, None), ("b", 1, 1, None)],
    label={
        "function": "distinct_count",
        "window_seconds": 60,
        "available_after_seconds": 0,
        "dtype": "int64",
    },
    moments=[0, 1],
    newest=0,
    now=40,
    delay=0,
    counts=False,
)
@given(
    drawn=rows,
    label=labels(),
    moments=st.lists(st.integers(0, 14), max_size=4, unique=True),
    newest=st.integers(0, 60),
    now=st.integers(40, 60),
    delay=st.integers(0, 3),
    counts=st.booleans(),
)
def test_rows_are_what_brute_force_finds(
    drawn: list[Row],
    label: dict[str, Any],
    moments: list[int],
    newest: int,
    now: int,
    delay: int,
    counts: bool,
) -> None:
    drawn = [*drawn, ("c", newest, 1, None)]
    times = [START + minute * MINUTE for minute in sorted({*moments, 40})]  # by then somebody is known
    config = population(
        label,
        at=[time.isoformat() for time in times],
        created_timestamp="made",
        available_after_seconds=60 * delay,
    )
    counts = counts and label["function"] == "count"
    if counts:
        del config["label"]["column"]
    at_last, table = START + now * MINUTE, as_table(drawn)
    with tempfile.TemporaryDirectory() as folder:
        found, outcome = run(Path(folder), config, at_last, members=table, events=table)

    events = {key: of_key(drawn, key) for key in "abc"}
    reach = max(event.time for own in events.values() for event in own)
    window, wait = (timedelta(seconds=label[f"{name}_seconds"]) for name in ("window", "available_after"))
    expected, waiting = [], 0
    for time in times:
        waits = oracle.label_is_open(time, wait, window, at_last, reach)
        for key in oracle.members(events, time, delay * MINUTE):
            waiting += waits
            figure = None
            if not waits:
                least, function = label.get("min_rows"), label["function"]
                figure = oracle.later_figure(
                    events[key], time, window, function=function, min_rows=least, count_rows=counts
                )
            expected.append((key, time, figure if figure is None else pytest.approx(figure)))
    assert found.rows() == expected
    assert found.select("carrier", "as_of").is_unique().all()
    assert outcome.figures["window_not_over"] == waiting
