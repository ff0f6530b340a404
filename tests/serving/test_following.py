"""A worker that follows a traffic document: what it answers with, from when on, and what it says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlcycle.serving import traffic
from mlcycle.steps.manifest import PackageError
from tests.support.challengers import faulty
from tests.support.packages import rows
from tests.support.services import make_service
from tests.support.worker import Worker, arm


@pytest.fixture(scope="module")
def other_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other")
    make_service(folder, model=faulty("harmless"))
    return folder


def answered_by(worker: Worker) -> str:
    (answer,) = worker.ask(rows(1))
    return str(answer.json()["package"]) if answer.status_code == 200 else str(answer.status_code)


def test_what_a_document_names_answers(service_folder: Path, other_folder: Path, tmp_path: Path) -> None:
    worker = Worker(service_folder, tmp_path)
    assert answered_by(worker) == "503"
    first, second = arm(service_folder, 1.0), arm(other_folder, 1.0, "2")
    worker.told(1, first)
    assert answered_by(worker) == first.package
    worker.told(2, second)
    (answer,) = worker.ask(rows(1))
    assert (answer.json()["package"], answer.json()["version"]) == (second.package, "2")
    assert worker.acknowledged() == traffic.Acknowledgement(worker="w", generation=2, at=worker.clock())
    assert worker.loaded == [first.package, second.package]


def test_version_and_metrics_say_what_is_followed(
    service_folder: Path, other_folder: Path, tmp_path: Path
) -> None:
    worker = Worker(service_folder, tmp_path)
    first, second = arm(service_folder, 0.75), arm(other_folder, 0.25, "2")
    worker.told(7, first, second)
    worker.ask(rows(1), count=200)
    said = worker.get("/version").json()
    assert said["package"] == first.package
    assert said["generation"] == 7
    assert said["arms"] == [
        {"version": one.version, "package": one.package, "weight": one.weight} for one in (first, second)
    ]
    text = worker.get("/metrics").text
    given = {name: metric(text, f'mlcycle_arm_requests_total{{arm="{name}"}}') for name in ARMS}
    assert sum(given.values()) == 200
    assert 25 <= given["challenger"] <= 75
    assert metric(text, "mlcycle_traffic_generation") == 7
    assert metric(text, 'mlcycle_log_records_total{kind="predictions"}') == 200


ARMS = ("champion", "challenger")


def metric(text: str, name: str) -> float:
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(line.rsplit(" ", 1)[1])


def test_a_change_waits_for_its_time_and_a_later_document_replaces_it(
    service_folder: Path, other_folder: Path, tmp_path: Path
) -> None:
    worker = Worker(service_folder, tmp_path)
    first, second = arm(service_folder, 1.0), arm(other_folder, 1.0, "2")
    worker.told(1, first)
    worker.told(2, second, at=1010.0)
    assert worker.acknowledged().generation == 1
    worker.clock.seconds = 1009.9
    assert answered_by(worker) == first.package
    worker.clock.seconds = 1010.0
    assert answered_by(worker) == second.package  # without anybody having looked at the folder
    worker.follower.step()
    assert worker.acknowledged().generation == 2
    worker.told(3, first, at=1020.0)
    worker.told(4, second, at=1030.0)
    worker.clock.seconds = 1025.0
    assert answered_by(worker) == second.package
    assert worker.records()[-1]["generation"] == 2


def test_each_step_says_how_long_nothing_will_happen(
    service_folder: Path, other_folder: Path, tmp_path: Path
) -> None:
    worker = Worker(service_folder, tmp_path)
    worker.told(1, arm(service_folder, 1.0))
    assert worker.follower.step() == 0.1
    worker.told(2, arm(other_folder, 1.0), at=1000.03)
    assert worker.follower.step() == pytest.approx(0.03)


BROKEN: dict[str, Any] = {
    "not JSON": "{",
    "a list": "[]",
    "another format": {"format": 2},
    "no arms": {"format": 1, "generation": 9, "effective_at": 0, "arms": []},
    "a key too many": {"format": 1, "generation": 9, "effective_at": 0, "arms": [], "x": 1},
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_unreadable_document_changes_nothing_and_is_reported(
    service_folder: Path, tmp_path: Path, name: str
) -> None:
    worker = Worker(service_folder, tmp_path)
    first = arm(service_folder, 1.0)
    worker.told(5, first)
    broken = BROKEN[name]
    (tmp_path / traffic.FILE).write_text(broken if isinstance(broken, str) else json.dumps(broken))
    worker.follower.step()
    assert answered_by(worker) == first.package
    given = worker.acknowledged()
    assert given.generation == 5
    assert given.error is not None
    assert "traffic.json" in given.error


def test_a_document_with_a_time_that_is_none_changes_nothing(service_folder: Path, tmp_path: Path) -> None:
    worker = Worker(service_folder, tmp_path)
    first = arm(service_folder, 1.0)
    worker.told(1, first)
    worker.told(2, first, now="noon")
    assert answered_by(worker) == first.package
    given = worker.acknowledged()
    assert (given.generation, given.error is not None) == (1, True)


WEIGHTS = [(0.5, 0.4), (1.5, -0.5), (float("nan"), 0.5), (0.5, 0.6)]


@pytest.mark.parametrize("weights", WEIGHTS)
def test_weights_have_to_be_shares_of_one(
    service_folder: Path, other_folder: Path, tmp_path: Path, weights: tuple[float, float]
) -> None:
    arms = tuple(
        arm(folder, weight) for folder, weight in zip((service_folder, other_folder), weights, strict=True)
    )
    traffic.write(tmp_path, traffic.Traffic(generation=1, effective_at=0, arms=arms))
    with pytest.raises(ValueError, match="sum to 1"):
        traffic.read(tmp_path)


def test_older_and_vanished_documents_change_nothing(
    service_folder: Path, other_folder: Path, tmp_path: Path
) -> None:
    worker = Worker(service_folder, tmp_path)
    first = arm(service_folder, 1.0)
    worker.told(5, first)
    worker.told(4, arm(other_folder, 1.0))
    assert answered_by(worker) == first.package
    (tmp_path / traffic.FILE).unlink()
    worker.follower.step()
    assert answered_by(worker) == first.package
    worker.told(6, arm(other_folder, 1.0))
    assert answered_by(worker) == arm(other_folder, 1.0).package


def test_a_package_that_does_not_load_leaves_what_answers(
    service_folder: Path, other_folder: Path, tmp_path: Path
) -> None:
    worker = Worker(service_folder, tmp_path)
    first = arm(service_folder, 0.5)
    worker.told(1, arm(service_folder, 1.0))
    missing = traffic.Arm(version="9", package="f" * 64, folder=str(other_folder), weight=0.5)
    worker.told(2, first, missing)
    assert answered_by(worker) == first.package
    given = worker.acknowledged()
    assert (given.generation, given.error is not None) == (2, True)
    assert worker.records()[-1]["generation"] == 1


def test_at_the_start_a_champion_answers_for_a_challenger_that_does_not_load(
    service_folder: Path, other_folder: Path, tmp_path: Path
) -> None:
    worker = Worker(service_folder, tmp_path)
    missing = traffic.Arm(version="9", package="f" * 64, folder=str(other_folder), weight=0.5)
    worker.told(1, arm(service_folder, 0.5), missing)
    answers = worker.ask(rows(1), count=40)
    assert {answer.status_code for answer in answers} == {200}
    assert worker.acknowledged().error is not None
    fallbacks = {(one["assigned"] == missing.package, one["fallback"]) for one in worker.records()}
    assert fallbacks == {(True, "not_loaded"), (False, None)}


def test_a_store_that_is_not_there_yet_is_tried_again(
    service_folder: Path, other_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(service_folder, tmp_path)
    worker.told(1, arm(service_folder, 1.0))
    load, second = worker.follower._load, arm(other_folder, 1.0)

    def dead(said: traffic.Arm) -> Any:
        raise ConnectionRefusedError("no one listens")

    monkeypatch.setattr(worker.follower, "_load", dead)
    worker.told(2, second)
    monkeypatch.setattr(worker.follower, "_load", load)
    worker.follower.step()
    assert answered_by(worker) != second.package
    worker.clock.seconds += 5
    worker.follower.step()
    assert answered_by(worker) == second.package
    assert worker.acknowledged().error is None


def test_a_damaged_package_is_not_tried_again(
    service_folder: Path, other_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(service_folder, tmp_path)
    worker.told(1, arm(service_folder, 1.0))
    tries: list[str] = []

    def damaged(said: traffic.Arm) -> Any:
        tries.append(said.package)
        raise PackageError("damaged")

    monkeypatch.setattr(worker.follower, "_load", damaged)
    worker.told(2, arm(other_folder, 1.0))
    for _ in range(5):
        worker.clock.seconds += 60
        worker.follower.step()
    assert len(tries) == 1


def test_what_is_not_named_any_more_is_let_go(
    service_folder: Path, other_folder: Path, tmp_path: Path
) -> None:
    worker = Worker(service_folder, tmp_path)
    first, second = arm(service_folder, 1.0), arm(other_folder, 1.0)
    worker.told(1, first)
    worker.told(2, second)
    assert set(worker.follower._held) == {second.package}
    worker.told(3, first)
    assert worker.loaded == [first.package, second.package, first.package]
    both = (arm(service_folder, 0.5), arm(other_folder, 0.5))
    worker.told(4, *both)
    worker.told(5, *both, salt="x")
    assert worker.loaded[3:] == [second.package]


def test_workers_that_have_ended_say_nothing_any_more(tmp_path: Path) -> None:
    import os

    held = traffic.attend(tmp_path, "here")
    ended = traffic.attend(tmp_path, "ended")
    for name in ("here", "ended", "unknown"):
        traffic.acknowledge(tmp_path, traffic.Acknowledgement(worker=name, generation=1, at=0.0))
    os.close(ended)
    assert [one.worker for one in traffic.acknowledgements(tmp_path)] == ["here", "unknown"]
    os.close(held)


def test_the_documents_time_and_origin_count(service_folder: Path, tmp_path: Path) -> None:
    worker = Worker(service_folder, tmp_path)
    worker.told(1, arm(service_folder, 1.0), now="2013-11-28T12:00:00Z", origin="simulation")
    worker.ask([{**rows(1)[0], "origin": "JFK", "lookups": None}])
    worker.told(2, arm(service_folder, 1.0), now="2013-11-29T12:00:00+00:00", origin="simulation")
    worker.ask([{**rows(1)[0], "origin": "JFK", "lookups": None}])
    fresh, stale = worker.records()
    assert (fresh["at"], fresh["origin"]) == ("2013-11-28T12:00:00Z", "simulation")
    assert (fresh["rows"][0]["stale"], stale["rows"][0]["stale"]) == ([], ["weather_at_origin"])


def test_another_time_of_the_same_generation_is_followed(service_folder: Path, tmp_path: Path) -> None:
    """A simulation lets days go by between two moves of a rollout."""
    worker = Worker(service_folder, tmp_path)
    for day in (1, 2):
        worker.told(1, arm(service_folder, 1.0), now=f"2013-11-0{day}T00:00:00Z", origin="simulation")
        worker.ask(rows(1))
    assert [one["at"] for one in worker.records()] == ["2013-11-01T00:00:00Z", "2013-11-02T00:00:00Z"]
    assert len(worker.loaded) == 1
