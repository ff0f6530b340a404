"""Time goes by in order: requests at their time, labels when they are known, looks when they are due."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from mlcycle.simulation.asking import Answers
from mlcycle.simulation.play import play
from mlcycle.simulation.stream import Request, Stream, feedback

START = datetime(2013, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DECLARED: dict[str, Any] = {
    "request": [{"name": "carrier", "dtype": "string", "nullable": True}],
    "lookups": [{"view": "weather", "features": [{"name": "wind", "dtype": "float64"}]}],
}
CONTEXT = {"flight_id": "key.flight_id", "departs": "event_timestamp"}


def stream(rows: int = 48, **given: Any) -> Stream:
    """A row an hour, predicted two hours before its event."""
    events = [START + timedelta(hours=hour + 2) for hour in range(rows)]
    frame = pl.DataFrame(
        {
            "row_id": range(rows),
            "event_timestamp": events,
            "predict_at": [event - timedelta(hours=2) for event in events],
            "key.flight_id": [f"f{hour}" for hour in range(rows)],
            "request.carrier": ["UA", None] * (rows // 2),
            "weather.wind": [float(hour) for hour in range(rows)],
            "label": [1.0, None, 0.0, 1.0] * (rows // 4),
        }
    )
    return Stream(dataset=frame, declared=DECLARED, **given)


class Recorder:
    """A life that only writes down what it is told."""

    def __init__(self) -> None:
        self.begun: list[datetime] = []
        self.asked: list[tuple[datetime, list[Request]]] = []
        self.told: list[Request] = []
        self.looked: list[datetime] = []

    def begin(self, now: datetime) -> None:
        self.begun.append(now)

    def ask(self, requests: list[Request]) -> Answers:
        self.asked.append((self.begun[-1], requests))
        return Answers(answered=len(requests))

    def tell(self, requests: list[Request]) -> int:
        self.told += requests
        return len(requests)

    def steer(self, now: datetime) -> list[str]:
        return ["moved"] if now == START + DAY else []

    def look(self, now: datetime) -> list[str]:
        self.looked.append(now)
        return ["looked"]


def test_requests_come_at_their_time_and_labels_when_they_are_known() -> None:
    life = Recorder()
    given = stream(classes=(False, True), label_after=timedelta(hours=12))
    moments = list(play(given, life, start=START, end=START + 2 * DAY, step=DAY, look_every=2 * DAY))
    assert [len(requests) for _, requests in life.asked] == [24, 24]
    assert all(begun <= one.at < begun + DAY for begun, requests in life.asked for one in requests)
    told_on_the_first_day = life.told[: moments[0].told]
    assert told_on_the_first_day
    assert all(one.label_at is not None and one.label_at <= START + DAY for one in told_on_the_first_day)
    assert all(one.label is not None for one in life.told)
    assert life.looked == [START + 2 * DAY]
    assert [moment.events for moment in moments] == [("moved",), ("looked",)]


def test_an_end_within_a_step_ends_there() -> None:
    life = Recorder()
    end = START + timedelta(hours=30)
    list(play(stream(), life, start=START, end=end, step=DAY, look_every=DAY))
    assert [len(requests) for _, requests in life.asked] == [24, 6]
    assert life.looked == [START + DAY, end]


def test_a_request_is_the_row_as_it_looked_when_it_was_predicted() -> None:
    first = next(iter(stream(classes=(False, True), context=CONTEXT).between(START, START + DAY)))
    row = json.loads(first.body)["rows"][0]
    assert row == {
        "carrier": "UA",
        "lookups": {"weather": {"wind": 0.0}},
        "flight_id": "f0",
        "departs": "2013-05-01T02:00:00Z",
    }
    assert first.label is True
    assert json.loads(feedback([first])) == {"labels": [{"request_id": first.id, "row": 0, "label": True}]}


def test_a_sample_is_the_same_whatever_the_intervals_are() -> None:
    sampled = stream(rows=480, sample=0.25)
    whole = [one.id for one in sampled.between(START, START + 20 * DAY)]
    parts = [
        one.id for day in range(20) for one in sampled.between(START + day * DAY, START + (day + 1) * DAY)
    ]
    assert whole == parts
    assert 80 < len(whole) < 160
    assert len(set(whole)) == len(whole)


def test_answers_add_up() -> None:
    some = Answers(answered=2, refused=Counter({"503": 1}))
    assert some + some == Answers(answered=4, refused=Counter({"503": 2}))
