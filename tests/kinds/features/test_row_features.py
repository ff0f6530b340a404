"""Features of a row: their expression, evaluated as in training and serving, missing values included."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, get_args

import numpy as np
import pytest

from mlcycle.kinds.features.text_statistics.spec import Spec as TextStatistics
from mlcycle.kinds.features.text_statistics.spec import Statistic
from mlcycle.kinds.features.time_since.spec import Spec as TimeSince
from mlcycle.kinds.features.timestamp_part.spec import Spec as TimestampPart
from mlcycle.kinds.interface import RowFeature
from mlcycle.steps.columns import text_column, time_column
from mlcycle.steps.expression import evaluate
from mlcycle.steps.text_statistics import STATISTICS


def values(feature: RowFeature, **columns: np.ndarray[Any, Any]) -> list[float]:
    found: list[float] = evaluate(feature.compute({}).expression, columns).tolist()
    return found


def same(found: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_weekend_is_that_of_the_local_calendar() -> None:
    friday, saturday = "2024-03-01T23:30:00Z", "2024-03-02T12:00:00Z"
    sunday, monday = "2024-03-03T12:00:00Z", "2024-03-04T00:30:00Z"
    at = time_column([friday, saturday, sunday, monday, None])
    there = TimestampPart(kind="timestamp_part", column="at", part="is_weekend")
    assert there.compute({}).dtype == "bool"
    same(values(there, at=at), [0, 1, 1, 0, math.nan])
    berlin = TimestampPart(kind="timestamp_part", column="at", part="is_weekend", timezone="Europe/Berlin")
    same(values(berlin, at=at), [1, 1, 1, 0, math.nan])


def test_the_end_of_a_cycle_lies_beside_its_beginning() -> None:
    at = time_column(["2024-03-01T00:00:00Z", "2024-03-01T06:00:00Z", "2024-03-01T23:00:00Z", None])
    sine = TimestampPart(kind="timestamp_part", column="at", part="hour_of_day", cyclical="sin")
    cosine = TimestampPart(kind="timestamp_part", column="at", part="hour_of_day", cyclical="cos")
    assert sine.compute({}).dtype == "float64"
    same(values(sine, at=at), [0, 1, -math.sin(math.pi / 12), math.nan])
    same(values(cosine, at=at), [1, 0, math.cos(math.pi / 12), math.nan])


def test_december_lies_beside_january() -> None:
    at = time_column([datetime(2024, month, 1).isoformat() for month in (12, 1, 6)])
    part = TimestampPart(kind="timestamp_part", column="at", part="month_of_year", cyclical="cos")
    december, january, june = values(part, at=at)
    assert abs(december - january) < 0.2 < abs(december - june)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, dict.fromkeys(STATISTICS, math.nan)),
        ("", {"mean_word_length": math.nan}),
        ("...", {"characters": 3, "lines": 1, "punctuation": 3, "mean_word_length": math.nan}),
        (
            "FREE money, free!\nWWW.x.example https://y.example ١ é_2",
            {
                "characters": 55,
                "words": 11,
                "unique_words": 9,
                "lines": 2,
                "digits": 2,
                "uppercase": 7,
                "punctuation": 8,
                "links": 2,
                "mean_word_length": 41 / 11,
            },
        ),
    ],
    ids=["missing", "empty", "no word", "everything"],
)
def test_what_is_counted_in_a_text(text: str | None, expected: dict[str, float]) -> None:
    for name in get_args(Statistic):
        feature = TextStatistics(kind="text_statistics", column="t", statistic=name)
        same(values(feature, t=text_column([text, "a"]))[:1], [expected.get(name, 0)])


def test_every_statistic_can_be_computed() -> None:
    assert set(get_args(Statistic)) == set(STATISTICS)


@pytest.mark.parametrize(
    ("unit", "size"), [("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 86400)]
)
def test_the_time_since_something_may_be_below_zero_and_missing(unit: Any, size: int) -> None:
    feature = TimeSince(kind="time_since", column="then", until="now", unit=unit)
    now = time_column(["2024-03-02T00:00:00Z", "2024-03-01T00:00:00Z", None, "2024-03-01T00:00:00Z"])
    then = time_column(["2024-03-01T12:00:00Z", "2024-03-01T00:00:30Z", "2024-03-01T00:00:00Z", None])
    same(values(feature, then=then, now=now), [43200 / size, -30 / size, math.nan, math.nan])
