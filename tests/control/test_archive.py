"""Segments become Parquet, each once, and nothing is lost or counted twice on the way."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from mlcycle.control import archive
from mlcycle.control.predictions import PredictionLogs
from mlcycle.control.segments import content, listed
from mlcycle.serving.log import encode
from mlcycle.serving.records import FEEDBACK, PREDICTIONS
from tests.support.prediction_log import answered, feedback, prediction, write

DAY = datetime(2013, 12, 1, tzinfo=UTC)
ROW = answered({"carrier": "UA"}, 0.5, True)


def requests(folder: Path) -> list[str]:
    return archive.table(folder, PREDICTIONS)["request_id"].to_list()


@contextmanager
def held(*paths: Path) -> Iterator[None]:
    """The segments as their workers hold them open."""
    with ExitStack() as stack:
        for path in paths:
            fcntl.flock(stack.enter_context(path.open("ab")), fcntl.LOCK_EX)
        yield


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Three segments of one worker over two days, and one of another; the last of each is open."""
    write(tmp_path, PREDICTIONS, [prediction(DAY, "a", [ROW, ROW])], number=1)
    next_day = DAY + timedelta(days=1)
    across = [prediction(next_day - timedelta(minutes=1), "b", [ROW]), prediction(next_day, "c")]
    write(tmp_path, PREDICTIONS, across, number=2)
    third = write(tmp_path, PREDICTIONS, [prediction(DAY + timedelta(days=1, hours=1), "d", [ROW])], number=3)
    other = write(tmp_path, PREDICTIONS, [prediction(DAY, "e", [ROW])], worker="w2")
    with held(third, other):
        yield tmp_path


def test_a_segment_is_closed_when_no_worker_holds_it(log: Path) -> None:
    closed = [segment.name for segment in listed(log, PREDICTIONS) if segment.closed]
    assert closed == [f"predictions-w1-{number:06d}" for number in (1, 2)]


def test_a_segment_that_grew_after_it_was_converted_is_converted_again(tmp_path: Path) -> None:
    """A worker may have been between making its file and holding it."""
    path = write(tmp_path, PREDICTIONS, [])
    assert archive.convert(tmp_path, DAY + timedelta(days=99)) == 1
    path.write_bytes(encode(prediction(DAY, "a", [ROW])))
    assert requests(tmp_path) == ["a"]
    assert PredictionLogs(home=tmp_path.parent).closed(tmp_path.name, DAY + timedelta(days=1)) == (1, 0)
    assert archive.convert(tmp_path, DAY) == 1
    assert requests(tmp_path) == ["a"]


def test_closed_segments_are_converted_once_by_day_and_read_as_before(log: Path) -> None:
    before = archive.table(log, PREDICTIONS)
    assert archive.convert(log, DAY) == 2
    assert archive.convert(log, DAY) == 0
    files = sorted(file.relative_to(log).as_posix() for file in log.rglob("*.parquet"))
    assert files == [
        "parquet/day=2013-12-01/predictions-w1-000001.parquet",
        "parquet/day=2013-12-01/predictions-w1-000002.parquet",
        "parquet/day=2013-12-02/predictions-w1-000002.parquet",
    ]
    assert archive.table(log, PREDICTIONS).sort("request_id", "row").equals(before.sort("request_id", "row"))
    assert requests(log) == ["a", "a", "e", "b", "c", "d"]


def test_a_conversion_that_was_killed_is_done_again(log: Path) -> None:
    archive.convert(log, DAY)
    rows = archive.table(log, PREDICTIONS)
    (log / "parquet/predictions-w1-000002.json").unlink()  # killed before it was noted
    (log / "parquet/day=2013-12-02/predictions-w1-000002.tmp").write_bytes(b"half")
    assert archive.table(log, PREDICTIONS).height == rows.height
    assert archive.convert(log, DAY) == 1
    assert archive.table(log, PREDICTIONS).height == rows.height


def test_a_segment_is_removed_when_it_is_old_and_all_of_it_is_in_place(log: Path) -> None:
    rows = archive.table(log, PREDICTIONS).height
    archive.convert(log, DAY + timedelta(days=20))
    left = sorted(file.name for file in log.glob("*.jsonl"))
    assert left == ["predictions-w1-000003.jsonl", "predictions-w2-000001.jsonl"]
    assert archive.table(log, PREDICTIONS).height == rows


def test_a_segment_whose_parquet_is_gone_is_never_removed(log: Path) -> None:
    archive.convert(log, DAY)
    (log / "parquet/day=2013-12-02/predictions-w1-000002.parquet").unlink()
    archive.convert(log, DAY + timedelta(days=20))
    assert (log / "predictions-w1-000002.jsonl").exists()
    assert not (log / "predictions-w1-000001.jsonl").exists()


def test_torn_and_broken_lines_are_counted_and_cost_no_other(tmp_path: Path) -> None:
    path = write(tmp_path, PREDICTIONS, [prediction(DAY, "a", [ROW]), prediction(DAY, "b", [ROW])])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{not json}\n" + b'{"at": 5}\n' + lines[1] + lines[1][:40])
    found = content(listed(tmp_path, PREDICTIONS)[0])
    assert found.table["request_id"].to_list() == ["a", "b"]
    assert (found.unreadable, found.torn) == (2, True)


def test_a_request_without_rows_is_a_line_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, PREDICTIONS, [prediction(DAY, "a", status=500), prediction(DAY, "b", [ROW, ROW])])
    table = archive.table(tmp_path, PREDICTIONS)
    assert table["row"].to_list() == [None, 0, 1]
    assert table["status"].to_list() == [500, 200, 200]


def test_what_was_logged_is_counted_without_opening_parquet(log: Path, tmp_path: Path) -> None:
    service = tmp_path / "logs" / "shop.api"
    service.parent.mkdir()
    log_files = list(log.glob("*.jsonl"))
    service.mkdir()
    for file in log_files:
        file.rename(service / file.name)
    write(service, FEEDBACK, [feedback(DAY + timedelta(hours=5), "a", True)])
    logs = PredictionLogs(home=service.parent)
    until = DAY + timedelta(days=1)
    assert logs.closed("shop.other", until) is None
    assert logs.closed("shop.api", until) == (3, 1)
    logs.collect("shop.api", DAY + timedelta(days=20))
    for file in service.rglob("*.parquet"):
        file.write_bytes(b"nobody reads this")
    assert logs.closed("shop.api", until) == (3, 1)
    assert logs.closed("shop.api", until + timedelta(hours=2)) == (5, 1)
    assert logs.span("shop.api") == (DAY, until + timedelta(hours=1))


def test_an_entry_says_what_a_segment_holds(log: Path) -> None:
    archive.convert(log, DAY)
    noted = json.loads((log / "parquet/predictions-w1-000002.json").read_text())
    assert noted["days"] == ["2013-12-01", "2013-12-02"]
    assert noted["minutes"] == {"2013-12-01T23:59": 1, "2013-12-02T00:00": 1}


def test_versions_that_differ_in_their_columns_share_a_file(tmp_path: Path) -> None:
    other = answered({"carrier": 7, "gate": None}, {"early": 0.25, "late": 0.75}, "late")
    write(tmp_path, PREDICTIONS, [prediction(DAY, "a", [ROW]), prediction(DAY, "b", [other])], number=1)
    write(tmp_path, PREDICTIONS, [], number=2)
    archive.convert(tmp_path, DAY)
    table = archive.table(tmp_path, PREDICTIONS)
    assert table["score"].to_list() == [0.5, None]
    assert [json.loads(text) for text in table["request"]] == [
        {"carrier": "UA"},
        {"carrier": 7, "gate": None},
    ]
    assert table.schema["at"] == pl.Datetime("us", "UTC")
