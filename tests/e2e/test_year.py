"""A year of flights, unattended: weather drifts, a model is trained again, gated, given a growing share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine

from mlcycle import composition
from mlcycle.control import archive
from mlcycle.control.places import predictions_folder
from mlcycle.language.workspace import LOCAL
from mlcycle.serving.records import PREDICTIONS
from mlcycle.store.audit import Audit, Entry
from mlcycle.store.chunks import Chunks
from mlcycle.store.database import connect
from mlcycle.store.result import Result
from mlcycle.store.results import Results
from mlcycle.store.retrains import Request, Retrains
from tests.e2e.conftest import SPEC
from tests.support.command import mlcycle
from tests.support.project import sliced_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("year")]

START, END = datetime(2013, 3, 1, tzinfo=UTC), datetime(2014, 1, 1, tzinfo=UTC)
EVERY = ("--step", "7d", "--look-every", "42d")
SHARE = 0.25
SERVICE = "flight_delays/delays_api"
MODEL = "flight_delays/models/late"

#: What a slice cannot show in full is asked of it in part; the limit of drift is one that seasons pass.
CHANGES = {
    "rounds: 400, early_stopping_rounds: 25": "rounds: 20, early_stopping_rounds: 5",
    "train: 0.7, validation: 0.1, test: 0.2": "train: 0.5, validation: 0.1, test: 0.4",
    "min: 0.66, confidence: 95%": "min: 0.4",
    "min_gain: 1%": "min_gain: 0%",
    "max_drop: 0.002": "max_drop: 0.2",
    "        - {weight: 5%, min_duration: 1h}\n": "",
    "max_increase: 1%}": "max_increase: 20%}",
    "quantile: 95%": "quantile: 50%",
    "disagreement, max: 15%": "disagreement, max: 60%",
    "chunk: {every: 7d, min_rows: 500}": "chunk: {every: 14d, min_rows: 120}",
    "{kind: data_drift}": "{kind: data_drift, max: 0.4}",
    "min_features: 2, consecutive: 2": "min_features: 2, consecutive: 1",
    "cooldown: 2w": "cooldown: 26w",
    "      - {kind: performance, monitor: delays, consecutive: 2}\n": "",
    "      - {kind: data_volume, source: flights, min_rows: 150000}\n": "",
}


@dataclass(frozen=True)
class Year:
    """What the year left: the world's folder, its database, and how the command ended."""

    project: Path
    root: Path
    engine: Engine
    status: int
    said: str

    @property
    def results(self) -> Results:
        return Results(engine=self.engine, environment="local")

    @property
    def trail(self) -> tuple[Entry, ...]:
        return Audit(engine=self.engine, environment="local").entries()

    @property
    def asked(self) -> tuple[Request, ...]:
        return Retrains(engine=self.engine, environment="local").requests("flight_delays")

    @property
    def retrain(self) -> Request:
        """The first retraining that there was."""
        return min(self.asked, key=lambda one: one.asked)

    @property
    def version(self) -> str:
        """The version that it made."""
        return self.retrain.told.removeprefix("version ")

    def caused(self, part: str) -> Result:
        """What the retraining made of a part of the model."""
        history = self.results.history(f"{MODEL}/{part}")
        return next(one for one in history if one.cause[0] == self.retrain.sentence)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, example_data: Path) -> Iterator[Year]:
    project = sliced_project(tmp_path_factory.mktemp("year") / "project", flights=20_000, served=True)
    text = (project / SPEC).read_text()
    for before, after in CHANGES.items():
        assert before in text, before
        text = text.replace(before, after)
    (project / SPEC).write_text(text)
    span = ("--from", f"{START:%Y-%m-%d}", "--to", f"{END:%Y-%m-%d}")
    done = mlcycle(project, "simulate", SPEC, *span, "--sample", f"{SHARE:.0%}", *EVERY)
    root = project / ".mlcycle" / "simulations" / "flight_delays-20130301-20140101"
    engine = connect(f"sqlite:///{root}/.mlcycle/state.db")
    yield Year(project, root, engine, done.returncode, done.stdout + done.stderr)
    engine.dispose()


def test_every_flight_of_the_sample_was_asked_for_and_answered(year: Year) -> None:
    assert year.status == 0, year.said
    asked_at = pl.read_parquet(year.project / "data/flights.parquet")["scheduled_departure"].dt.offset_by(
        "-2h"
    )
    log = _log(year)
    expected = SHARE * asked_at.is_between(START, END, closed="left").sum()
    assert log["request_id"].n_unique() == log.height == pytest.approx(expected, rel=0.08)  # five deviations
    assert set(log["status"]) == {200}
    assert set(log["origin"]) == {"simulation"}


def test_drift_had_a_model_trained_again(year: Year) -> None:
    assert {one.status for one in year.asked} == {"succeeded"}
    assert "features beyond their limit: " in year.retrain.cause
    assert "weather_at_origin." in year.retrain.cause
    assert START < year.retrain.asked < END
    first, *_ = reversed(year.results.history(f"{MODEL}/training"))
    again = year.caused("training")
    assert again.data_version != first.data_version
    assert len(year.results.history(f"{MODEL}/training")) == 1 + len(year.asked), "and never by a mere look"


def test_its_gates_let_it_through(year: Year) -> None:
    evaluation = year.caused("evaluation")
    gates = {check.name: check.verdict for check in evaluation.checks}
    assert evaluation.blocking == ()
    assert [gates[f"gate.{name}"] for name in ("0.metric", "1.baseline", "2.champion")] == ["pass"] * 3


def test_its_version_went_through_the_stages_to_champion(year: Year) -> None:
    trail = [entry.event for entry in year.trail if entry.subject == f"rollout:{SERVICE}"]
    started = next(
        one for one in trail if one["event"] == "started" and one["release"]["version"] == year.version
    )
    steps = [one for one in trail if one.get("rollout") == started["id"]]
    assert [(one["event"], one["stage"]) for one in steps] == [("advanced", 0), ("advanced", 1)]
    assert started["at"] < steps[0]["at"] < steps[1]["at"]
    verdicts = [(found["name"], found["verdict"]) for one in steps for found in one["evidence"]]
    assert verdicts == [(name, "pass") for name in ("error_rate", "latency", "disagreement")] * 2
    champions = [entry.state["champion"]["version"] for entry in year.trail if "champion" in entry.state]
    assert year.version in champions
    assert composition.rollouts(LOCAL, year.root).state(SERVICE).champion is not None


def test_the_trail_holds(year: Year) -> None:
    done = mlcycle(year.root, "audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


def test_chunks_have_their_performance_estimated_and_realized(year: Year) -> None:
    chunks = Chunks(engine=year.engine, environment="local").closed("flight_delays/delays")
    assert len(chunks) >= (END - START) // timedelta(days=14)
    assert all(chunk.labelled > 0.9 * chunk.rows > 0 for chunk in chunks[:-2])
    for name in ("estimated_performance.roc_auc", "realized_performance.roc_auc"):
        figures = [check.figure for chunk in chunks for check in chunk.checks if check.name == name]
        assert len([figure for figure in figures if figure is not None and 0.4 < figure < 0.9]) >= 18, name


def test_an_answer_of_the_last_month_tells_what_its_model_was_trained_for(year: Year) -> None:
    last = _log(year).filter(pl.col("at") >= datetime(2013, 12, 1, tzinfo=UTC)).row(0, named=True)
    done = mlcycle(year.root, "why", last["request_id"], "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["trained"]["cause"][0] in {one.sentence for one in year.asked}


def test_another_look_at_the_same_time_does_nothing(year: Year) -> None:
    before = (year.asked, year.trail, len(year.results.history(f"{MODEL}/training")))
    done = mlcycle(year.root, "retrain", "tick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (year.asked, year.trail, len(year.results.history(f"{MODEL}/training"))) == before


def _log(year: Year) -> pl.DataFrame:
    """The requests of the service, a row each."""
    return archive.table(predictions_folder(year.root / ".mlcycle", SERVICE), PREDICTIONS)
