"""The prediction log: whole lines, segments that end, and a disk that does not want any more."""

from __future__ import annotations

import asyncio
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mlcycle.serving import records
from mlcycle.serving.journal import sampled
from mlcycle.serving.log import PredictionLog, encode
from mlcycle.serving.metrics import Metrics
from tests.support.challengers import faulty
from tests.support.packages import rows
from tests.support.services import make_service
from tests.support.worker import Clock, Worker, arm, logged

CONTEXT = [{"name": "flight_id", "dtype": "int64"}, {"name": "class", "dtype": "string"}]


def log_to(folder: Path, **options: Any) -> PredictionLog:
    return PredictionLog(folder, "w", Metrics(), **options)


def line(number: int, size: int = 0) -> bytes:
    return encode({"id": number, "filler": "x" * size})


def ids(folder: Path) -> list[int]:
    return [record["id"] for record in logged(folder, "predictions")]


def test_segments_end_by_size_and_by_age(tmp_path: Path) -> None:
    clock = Clock()
    log = log_to(tmp_path, most_bytes=200, most_seconds=60, clock=clock)
    for number in range(4):
        log.append("predictions", [line(number, 50)])
    log.append("feedback", [line(9)])
    clock.seconds += 60
    log.append("predictions", [line(4)])
    names = [path.name for path in records.segments(tmp_path, "predictions")]
    assert names == [f"predictions-w-00000{number}.jsonl" for number in range(3)]
    assert ids(tmp_path) == [0, 1, 2, 3, 4]
    closed = [records.is_closed(path) for path in records.segments(tmp_path, "predictions")]
    assert closed == [True, True, False]
    (feedback,) = records.segments(tmp_path, "feedback")
    assert not records.is_closed(feedback)
    log.expire()
    assert records.is_closed(feedback)
    assert not records.is_closed(records.segments(tmp_path, "predictions")[-1])
    log.close()
    assert all(map(records.is_closed, records.segments(tmp_path, "predictions")))


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """A disk that is full after `size` bytes of a file, as the kernel says it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_no_torn_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = log_to(tmp_path)
    assert log.append("predictions", [line(0, 100)])
    (segment,) = records.segments(tmp_path, "predictions")
    whole = segment.stat().st_size
    with no_file_longer_than(200):
        for number in (1, 2, 3):
            assert not log.append("predictions", [line(number, 100)])
        assert segment.stat().st_size == whole
    assert log.append("predictions", [line(4)])
    assert ids(tmp_path) == [0, 4]
    said = [record.message for record in caplog.records if record.name == "mlcycle.serving"]
    assert [("cannot be written" in one, "again" in one) for one in said] == [(True, False), (False, True)]


def test_a_torn_line_that_cannot_be_taken_back_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_to(tmp_path)
    log.append("predictions", [line(0, 100)])

    def refuse(file: int, size: int) -> None:
        raise OSError("no")

    monkeypatch.setattr(os, "ftruncate", refuse)
    with no_file_longer_than(200):
        assert not log.append("predictions", [line(1, 100)])
    assert log.append("predictions", [line(2)])
    assert ids(tmp_path) == [0, 2]


def test_a_log_that_cannot_be_written_fails_no_prediction(service_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file where a folder should be")
    worker = Worker(service_folder, tmp_path)
    worker.told(1, arm(service_folder, 1.0))
    assert [answer.status_code for answer in worker.ask(rows(1), count=5)] == [200] * 5
    assert 'mlcycle_log_lost_records_total{kind="predictions"} 5.0' in worker.get("/metrics").text


def test_every_request_has_a_record_with_what_was_answered(service_folder: Path, tmp_path: Path) -> None:
    worker = Worker(service_folder, tmp_path)
    worker.told(3, arm(service_folder, 1.0, "7"))
    given = [{**rows(1)[0], "origin": "JFK", "lookups": None}, rows(2)[1]]
    (answer,) = worker.ask(given, **{"x-request-id": "r1"})
    worker.ask([{**rows(1)[0], "x": 1}], **{"x-request-id": "r2"})
    good, bad = worker.records()
    digest = arm(service_folder, 1).package
    assert {key: good[key] for key in ("id", "origin", "generation", "version", "fallback", "status")} == {
        "id": "r1",
        "origin": "live",
        "generation": 3,
        "version": "7",
        "fallback": None,
        "status": 200,
    }
    assert (good["assigned"], good["served"], good["received"]) == (digest, digest, worker.clock())
    assert [{k: row[k] for k in ("score", "decision", "stale", "missing")} for row in good["rows"]] == (
        answer.json()["predictions"]
    )
    first, second = good["rows"]
    assert first["request"] == {
        "carrier": "AA",
        "distance": 100.0,
        "origin": "JFK",
        "scheduled_departure": "2013-11-01T00:15:00",
    }
    assert first["lookups"] == {"weather_at_origin": {}}  # the store's value is of 2013 and stale
    assert second["lookups"] == given[1]["lookups"]
    assert (bad["id"], bad["status"], bad["assigned"], "rows" in bad) == ("r2", 400, None, False)


def test_a_request_before_anything_answers_is_logged_too(service_folder: Path, tmp_path: Path) -> None:
    worker = Worker(service_folder, tmp_path)
    assert worker.ask(rows(1))[0].status_code == 503
    (record,) = worker.records()
    assert (record["at"], record["origin"], record["generation"]) == ("1970-01-01T00:16:40Z", "live", 0)
    assert (record["status"], record["assigned"], record["served"]) == (503, None, None)


def test_many_rows_are_one_record(service_folder: Path, tmp_path: Path) -> None:
    worker = Worker(service_folder, tmp_path)
    worker.told(1, arm(service_folder, 1.0))
    worker.ask(rows(500))
    (record,) = worker.records()
    assert len(record["rows"]) == 500


def test_refusals_of_strangers_are_not_logged(service_folder: Path, tmp_path: Path) -> None:
    from mlcycle.serving.settings import Deployment

    worker = Worker(service_folder, tmp_path, deployed=Deployment(api_keys=("k",)))
    worker.told(1, arm(service_folder, 1.0))
    assert worker.ask(rows(1))[0].status_code == 401
    assert worker.records() == []


def test_a_sample_is_the_same_whoever_draws_it() -> None:
    kept = {number for number in range(5000) if sampled(str(number), 0.2)}
    assert 900 < len(kept) < 1100
    assert kept < {number for number in range(5000) if sampled(str(number), 0.4)}
    assert all(sampled(str(number), 1.0) for number in range(100))
    assert not any(sampled(str(number), 0.0) for number in range(100))


@pytest.fixture(scope="module")
def terms_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terms")
    redact = ["origin", "weather_at_origin.wind_speed"]
    make_service(folder, context=CONTEXT, log={"sample": 0.5, "redact": redact})
    return folder


def test_sampling_and_redaction_are_the_folders(terms_folder: Path, tmp_path: Path) -> None:
    worker = Worker(terms_folder, tmp_path)
    worker.told(1, arm(terms_folder, 1.0))
    for number in range(40):
        worker.ask([{**rows(1)[0], "class": "Y"}], **{"x-request-id": f"r{number}"})
    found = {one["id"]: one for one in worker.records()}
    assert {name for name, one in found.items() if "rows" in one} == {
        name for name in found if sampled(name, 0.5)
    }
    for one in found.values():
        for row in one.get("rows", ()):
            assert set(row["request"]) == {
                "carrier",
                "distance",
                "scheduled_departure",
                "flight_id",
                "class",
            }
            assert (row["request"]["class"], row["request"]["flight_id"]) == ("Y", None)
            assert set(row["lookups"]["weather_at_origin"]) == {"temperature"}
    everything = (tmp_path / "log").glob("*")
    assert not any("EWR" in path.read_text() for path in everything)


def test_what_any_version_redacts_is_redacted_of_all(service_folder: Path, tmp_path: Path) -> None:
    worker = Worker(service_folder, tmp_path)
    worker.told(1, arm(service_folder, 1.0))
    worker.ask([{**rows(1)[0], "flight_id": 7}])
    make_service(tmp_path / "other", model=faulty("harmless"), context=CONTEXT, log={"redact": ["origin"]})
    worker.told(2, arm(service_folder, 0.5), arm(tmp_path / "other", 0.5))
    for _ in range(10):
        worker.ask([{**rows(1)[0], "flight_id": 7}])
    refused, *found = worker.records()
    assert refused["status"] == 400  # nobody knew the column yet
    assert {one["served"] for one in found} == {
        arm(f, 1).package for f in (service_folder, tmp_path / "other")
    }
    assert {one["rows"][0]["request"]["flight_id"] for one in found} == {7}
    assert all("origin" not in one["rows"][0]["request"] for one in found)


def test_a_quiet_service_ends_its_segments_by_itself(tmp_path: Path) -> None:
    from mlcycle.serving.journal import Journal

    log = log_to(tmp_path, most_seconds=0.02)
    journal = Journal(log, 0.03)

    async def work() -> None:
        journal.compared({"id": "r1"})
        (segment,) = records.segments(tmp_path, "pairs")
        assert not records.is_closed(segment)
        async with asyncio.timeout(5):
            while not records.is_closed(segment):
                await asyncio.sleep(0.005)

    asyncio.run(work())


def test_a_last_line_that_is_not_whole_is_read_later(tmp_path: Path) -> None:
    path = tmp_path / "predictions-w-000000.jsonl"
    path.write_bytes(line(0) + b"[1]\nno json\n" + line(1)[:-5])
    ((record, offset),) = records.read(path)
    assert record["id"] == 0
    path.write_bytes(path.read_bytes() + line(1)[-5:])
    assert [record["id"] for record, _ in records.read(path, offset)] == [1]
    assert json.loads(line(0))["id"] == 0
