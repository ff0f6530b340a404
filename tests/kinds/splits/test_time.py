from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcycle.kinds.splits.time.work import assign

START = datetime(2013, 1, 1, tzinfo=UTC)


def dataset(hours: list[int]) -> pl.DataFrame:
    times = [START + timedelta(hours=hour) for hour in sorted(hours)]
    return pl.DataFrame({"event_timestamp": times}, schema={"event_timestamp": pl.Datetime("us", "UTC")})


def sides(hours: list[int], **config: Any) -> list[str]:
    return assign(dataset(hours), config).to_list()


def test_shares_follow_time() -> None:
    found = sides(list(range(10)), train=0.7, validation=0.1, test=0.2)
    assert found == ["train"] * 7 + ["validation"] + ["test"] * 2


def test_equal_times_stay_on_one_side() -> None:
    found = sides([0, 1, 2, 2, 2, 2, 2, 2, 3, 4], train=0.5, validation=0.3, test=0.2)
    assert found == ["train"] * 2 + ["validation"] * 6 + ["test"] * 2


def test_rows_whose_label_came_too_late_are_put_aside() -> None:
    found = sides(list(range(10)), train=0.6, validation=0.2, test=0.2, gap_seconds=2 * 3600)
    # validation begins at hour 6: labels of hours 5 was not known then; test begins at 8, of 7 neither
    assert found == ["train"] * 5 + ["gap"] + ["validation"] + ["gap"] + ["test"] * 2


def test_dates_with_and_without_validation() -> None:
    until = {"train_until": "2013-01-01T05:00:00Z"}
    assert sides(list(range(8)), **until) == ["train"] * 5 + ["test"] * 3
    found = sides(list(range(8)), **until, validation_until="2013-01-01T07:00:00+00:00")
    assert found == ["train"] * 5 + ["validation"] * 2 + ["test"]


def test_a_date_without_an_offset_is_utc() -> None:
    assert sides(list(range(8)), train_until="2013-01-01T05:00:00") == ["train"] * 5 + ["test"] * 3


def test_the_gap_counts_from_the_next_sides_first_row_not_from_its_date() -> None:
    found = sides([0, 1, 2, 8, 9], train_until="2013-01-01T03:00:00Z", gap_seconds=3 * 3600)
    assert found == ["train"] * 3 + ["test"] * 2


@pytest.mark.slow
@given(
    hours=st.lists(st.integers(0, 200), min_size=5, max_size=80),
    train=st.floats(0.1, 0.7),
    validation=st.floats(0, 0.2),
    gap=st.integers(0, 50),
)
def test_no_label_of_an_earlier_side_was_unknown_when_the_next_began(
    hours: list[int], train: float, validation: float, gap: int
) -> None:
    frame = dataset(hours)
    shares = {"train": train, "validation": validation, "test": 1 - train - validation}
    config = {**shares, "gap_seconds": gap * 3600}
    found = frame.with_columns(side=assign(frame, config))
    starts = dict(found.group_by("side").agg(pl.col("event_timestamp").min()).iter_rows())
    ends = dict(found.group_by("side").agg(pl.col("event_timestamp").max()).iter_rows())
    order = [side for side in ("train", "validation", "test") if side in starts]
    for earlier, later in pairwise(order):
        assert ends[earlier] + timedelta(hours=gap) <= starts[later]
        assert ends[earlier] < starts[later]


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat"):
        sides([1, 2], train_until="soon")


def test_the_gap_ends_at_the_first_prediction_where_rows_have_a_time_of_their_own() -> None:
    """Labels are known after 2 hours; the last row, of hour 9, was predicted at hour 5."""
    frame = dataset(list(range(10)))
    asked = [START + timedelta(hours=hour) for hour in (0, 1, 2, 3, 4, 5, 6, 7, 8, 5)]
    frame = frame.with_columns(predict_at=pl.Series(asked, dtype=frame.schema["event_timestamp"]))
    shares = {"train": 0.8, "validation": 0.0, "test": 0.2}
    config = {**shares, "gap_seconds": 2 * 3600, "gap_ends_at": "predict_at"}
    assert assign(frame, config).to_list() == ["train"] * 4 + ["gap"] * 4 + ["test"] * 2
    # A label of later events counts from the prediction: that of hour 7 is known as early as that of hour 3.
    asked[7] = START + timedelta(hours=3)
    frame = frame.with_columns(predict_at=pl.Series(asked, dtype=frame.schema["event_timestamp"]))
    later = {**config, "gap_begins_at": "predict_at"}
    assert assign(frame, later).to_list() == ["train"] * 4 + ["gap"] * 3 + ["train"] + ["test"] * 2
