"""One row a predicted row, with the features as used and the labels as known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mlcycle.control.predictions import PredictionLogs
from mlcycle.ports import LabelColumn, LaterLabel, Predicted
from mlcycle.serving.records import FEEDBACK, PREDICTIONS
from mlcycle.steps.decision import decisions, plain_scores
from mlcycle.steps.package import Package, load
from tests.kinds.training.row_cases import LABEL, START, events, run
from tests.support.packages import make_package, rows
from tests.support.prediction_log import answered, feedback, prediction, write

DAY = datetime(2013, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVICE = "flights.api"


class Log:
    """The log of one service of one package, and its frames."""

    def __init__(self, folder: Path, task: str = "binary_classification") -> None:
        digest = make_package(folder / "package", task)
        self.package: Package = load(folder / "package", digest)
        self.home = folder / "logs"
        self.folder = self.home / SERVICE

    def answers(self, number: int, **extra: Any) -> list[dict[str, Any]]:
        """Answered rows; `extra` are columns of the request that the model does not read."""
        asked = rows(number)
        scores = self.package.score(self.package.columns(asked))
        manifest = self.package.manifest
        found = zip(asked, plain_scores(manifest, scores), decisions(manifest, scores), strict=True)
        return [answered({**request, **extra}, score, decision) for request, score, decision in found]

    def predict(self, records: list[dict[str, Any]]) -> None:
        write(self.folder, PREDICTIONS, [{**r, "served": self.package.digest} for r in records])

    def read(
        self, known_by: datetime = DAY + timedelta(days=9), origin: str = "live", **given: Any
    ) -> Predicted:
        logs = PredictionLogs(home=self.home, origin=origin)
        mine = {self.package.digest: self.package}
        return logs.predicted(
            SERVICE,
            DAY,
            DAY + timedelta(days=1),
            package=lambda digest, version: mine.get(digest),
            known_by=known_by,
            **given,
        )

    def frame(self, **given: Any) -> pl.DataFrame:
        return self.read(**given).frames[self.package.digest]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_features_are_those_that_the_model_was_given(log: Log) -> None:
    log.predict(
        [prediction(DAY + HOUR, "a", log.answers(6)), prediction(DAY + 2 * HOUR, "b", log.answers(1))]
    )
    frame = log.frame()
    expected = log.package.features(log.package.columns(rows(6)))
    assert frame["row"].to_list() == [0, 1, 2, 3, 4, 5, 0]
    for name in ("schedule.distance", "crosses.headwind_miles", "weather_at_origin.temperature"):
        found = frame[name].head(6).cast(pl.Float64).fill_null(float("nan")).to_numpy()
        assert np.array_equal(found, expected[name], equal_nan=True), name
    assert frame["schedule.carrier"].head(6).to_list() == expected["schedule.carrier"].tolist()
    assert frame["decision"].unique().sort().to_list() in (["false", "true"], ["true"], ["false"])
    again = log.package.score(log.package.columns(rows(6)))
    assert frame["score"].head(6).to_numpy() == pytest.approx(again)


def test_several_classes_have_a_score_each(tmp_path: Path) -> None:
    log = Log(tmp_path, "multiclass_classification")
    log.predict([prediction(DAY, "a", log.answers(4))])
    write(log.folder, FEEDBACK, [feedback(DAY, "a", "late"), feedback(DAY, "a", "unheard of", row=1)])
    frame = log.frame()
    assert frame.select(
        "score.early", "score.late", "score.never"
    ).sum_horizontal().to_list() == pytest.approx([1] * 4)
    assert frame["label"].to_list() == [1.0, None, None, None]


def test_only_what_lies_in_the_span_and_has_the_origin(log: Log) -> None:
    log.predict(
        [
            prediction(DAY - timedelta(microseconds=1), "before", log.answers(1)),
            prediction(DAY, "first", log.answers(1)),
            prediction(DAY + HOUR, "replayed", log.answers(1), origin="replay"),
            prediction(DAY + HOUR, "simulated", log.answers(1), origin="simulation"),
            prediction(DAY + timedelta(days=1), "after", log.answers(1)),
        ]
    )
    assert log.frame()["request_id"].to_list() == ["first"]
    assert log.read().requests["request_id"].to_list() == ["first"]
    assert log.frame(origin="simulation")["request_id"].to_list() == ["simulated"]


def test_labels_come_early_late_twice_and_never(log: Log) -> None:
    log.predict(
        [prediction(DAY + HOUR, name, log.answers(2)) for name in ("early", "late", "twice", "never")]
    )
    sent = [
        feedback(DAY, "early", True),  # before the log of the prediction was written
        feedback(DAY + 2 * HOUR, "twice", True, row=1),
        feedback(DAY + 3 * HOUR, "twice", False, row=1),
        feedback(DAY + 4 * HOUR, "nobody", True),
        feedback(DAY + 100 * HOUR, "late", True),
    ]
    write(log.folder, FEEDBACK, sent)
    found = log.read(known_by=DAY + 5 * HOUR)
    known = {
        (i, r): label
        for i, r, label in found.frames[log.package.digest].select("request_id", "row", "label").rows()
    }
    assert {key for key, label in known.items() if label is not None} == {("early", 0), ("twice", 1)}
    assert (known["early", 0], known["twice", 1]) == (1.0, 0.0)
    assert (found.repeated, found.orphans) == (1, 1)
    later = log.frame(known_by=DAY + 101 * HOUR)
    assert later.filter(pl.col("label").is_not_null())["request_id"].to_list() == ["early", "late", "twice"]


def test_a_redacted_column_and_what_is_computed_from_it_are_absent(log: Log) -> None:
    hidden = [
        {**row, "request": {k: v for k, v in row["request"].items() if k != "distance"}}
        for row in log.answers(2)
    ]
    log.predict([prediction(DAY, "a", hidden)])
    frame = log.frame(redacted=("distance",))
    assert not {"request.distance", "schedule.distance", "crosses.headwind_miles"} & set(frame.columns)
    assert frame["schedule.carrier"].null_count() == 0


def test_labels_of_a_source_count_from_when_they_were_known(log: Log, tmp_path: Path) -> None:
    """Rule of time 1: a day after the event, or when the row was written, whichever is later."""
    names = ["f1", "f2", "f3", "f4"]
    log.predict([prediction(DAY + HOUR, name, log.answers(1, flight_id=name)) for name in names])
    table = pl.DataFrame(
        {
            "flight_id": names,
            "departure": [DAY, DAY + 3 * HOUR, DAY, DAY],
            "written": [DAY, DAY, DAY + timedelta(days=5), DAY],
            "late": [True, True, False, None],
        }
    )
    table.write_parquet(tmp_path / "data.parquet")
    labels = LabelColumn(
        path=tmp_path / "data.parquet",
        column="late",
        key=(("flight_id", "string"),),
        timestamp="departure",
        created_timestamp="written",
        available_after=timedelta(days=1),
    )

    def known(at: datetime) -> dict[str, Any]:
        frame = log.frame(known_by=at, labels=labels)
        return dict(frame.select("request_id", "label").drop_nulls().rows())

    assert known(DAY + 24 * HOUR) == {"f1": 1.0}
    assert known(DAY + 27 * HOUR) == {"f1": 1.0, "f2": 1.0}
    assert known(DAY + 120 * HOUR) == {"f1": 1.0, "f2": 1.0, "f3": 0.0}
    write(
        log.folder, FEEDBACK, [feedback(DAY + 2 * HOUR, "f1", False), feedback(DAY + 26 * HOUR, "f2", False)]
    )
    assert known(DAY + 28 * HOUR) == {"f1": 1.0, "f2": 1.0}, "what became known last counts"


def test_rows_of_a_package_that_is_not_there_are_counted(log: Log) -> None:
    log.predict([prediction(DAY, "a", log.answers(1))])
    write(log.folder, PREDICTIONS, [prediction(DAY, "b", log.answers(3), package="f" * 64)], worker="w2")
    found = log.read()
    assert (found.without_package, found.frames.keys()) == (3, {log.package.digest})
    assert found.requests.height == 2


def _window(tmp_path: Path, **label: Any) -> LaterLabel:
    """The sum of a carrier's delays in the two hours from the moment on, known half an hour after them."""
    config = {
        "timestamp": "as_of",
        "label": {
            **LABEL,
            "function": "sum",
            "window_seconds": 7200,
            "available_after_seconds": 1800,
            **label,
        },
    }
    path = tmp_path / "data.parquet"
    happened = [("UA", 1.5, 3), ("UA", 2.0, 4), ("AA", 2.5, 9), ("UA", 3.5, 5), ("UA", 9.0, 0)]
    events(*happened).with_columns(at=pl.col("at") + (DAY - START)).write_parquet(path)
    return LaterLabel(path=path, key=(("carrier", "string"), ("as_of", "timestamp")), config=config)


def _of(log: Log, name: str, *, carrier: str = "UA", at: float = 1.5, **request: Any) -> dict[str, Any]:
    (row,) = log.answers(1)
    row["request"] |= {"carrier": carrier, **request}
    return prediction(DAY + at * HOUR, name, [row])


def test_a_label_of_later_events_is_that_of_the_rows_of_training_once_its_window_is_over(
    tmp_path: Path,
) -> None:
    log, labels = Log(tmp_path, "regression"), _window(tmp_path)
    given = {"moment": 1.5, "earlier": 1.0, "later": 2.0, "other": 2.5}
    log.predict(
        [
            _of(log, name, carrier="AA" if name == "other" else "UA", as_of=(DAY + at * HOUR).isoformat())
            for name, at in given.items()
        ]
    )
    for known in (2, 3.5, 3.99, 4, 4.5, 5, 8, 11):
        frame = log.frame(known_by=DAY + known * HOUR, labels=labels)
        told = dict(frame.select("request_id", "label").rows())
        asked = frame.select(carrier="request.carrier", as_of="request.as_of")
        made, _ = run(
            tmp_path, labels.config, DAY + known * HOUR, rows=asked, events=pl.read_parquet(labels.path)
        )
        assert list(told.values()) == made[LABEL["name"]].to_list(), known
        over = {name for name, at in given.items() if at + 2.5 <= known}
        assert {name for name, label in told.items() if label is not None} == over, known
    assert told == {"moment": 7.0, "earlier": 7.0, "later": 9.0, "other": 9.0}


def test_what_has_no_window_or_no_key_has_no_label(tmp_path: Path) -> None:
    """Without a moment of its own a row's is that of the request. What the data does not reach is open."""
    log, labels = Log(tmp_path, "regression"), _window(tmp_path)
    log.predict([_of(log, "now", at=2.0), _of(log, "nobody", carrier="ZZ"), _of(log, "late", at=7.0)])
    found = log.frame(labels=labels)
    assert dict(found.select("request_id", "label").rows()) == {"now": 9.0, "nobody": 0.0, "late": None}
    assert log.frame(labels=labels, redacted=("carrier",))["label"].null_count() == 3
    write(log.folder, FEEDBACK, [feedback(DAY + 4 * HOUR, "now", 1), feedback(DAY + 5 * HOUR, "nobody", 2)])
    newest = log.frame(labels=labels).select("request_id", "label").drop_nulls()
    assert dict(newest.rows()) == {"now": 9.0, "nobody": 2.0}, "what became known last counts"


def test_classes_and_truths_of_later_events_are_encoded_as_any(tmp_path: Path) -> None:
    log = Log(tmp_path)
    labels = _window(tmp_path, function="any", dtype="bool", column="bad")
    table = pl.read_parquet(labels.path)
    table.with_columns(bad=pl.col("value") > 4).write_parquet(labels.path)
    log.predict([_of(log, "fine", at=1.0), _of(log, "bad", at=2.0), _of(log, "nothing", at=4.0)])
    found = log.frame(labels=labels).select("request_id", "label").drop_nulls()
    assert dict(found.rows()) == {"fine": 0.0, "bad": 1.0, "nothing": 0.0}
