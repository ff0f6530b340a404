"""What a stage has seen, counted up from segments made by hand."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mlcycle.control.window import Observer
from mlcycle.kinds.analyses.window import Window
from mlcycle.rollout.state import State
from mlcycle.serving.log import encode
from tests.support.releases import CANARY, advanced, after, later, release, started

CHAMPION, CHALLENGER = release(1).package, release(2).package
BINARY = "binary_classification"


def state(stage: int = 0) -> State:
    """Version 2 on its way: its first stage is of generation 2, its second of generation 3."""
    events = [started(1), started(2, CANARY)]
    return after(*events, *(advanced("r2", at, later(100 * (at + 1))) for at in range(stage)))


def asked(assigned: str, generation: int = 2, **changes: Any) -> dict[str, Any]:
    record = {
        "id": "1",
        "origin": "live",
        "generation": generation,
        "assigned": assigned,
        "served": assigned,
        "fallback": None,
        "status": 200,
        "seconds": 0.02,
    }
    return {**record, **changes}


def pair(one: list[Any], other: list[Any], generation: int = 2, **changes: Any) -> dict[str, Any]:
    record = {
        "id": "1",
        "generation": generation,
        "package": CHAMPION,
        "error": None,
        "scores": [0.2] * len(one),
        "decisions": one,
        "answered": {"scores": [0.3] * len(other), "decisions": other},
    }
    return {**record, **changes}


def write(folder: Path, name: str, *lines: Mapping[str, Any] | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.jsonl"
    with path.open("ab") as stream:
        stream.writelines(line if isinstance(line, bytes) else encode(line) for line in lines)
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def look(observer: Observer, at: State | None = None, task: str = BINARY) -> Window:
    return observer.window(at or state(), task)


def test_no_log_and_no_rollout_are_nothing(log: Path) -> None:
    found = look(Observer(log))
    assert (found.champion.requests, found.challenger.requests, found.pairs) == (0, 0, 0)
    write(log, "predictions-a-000000", asked(CHALLENGER))
    assert look(Observer(log), after(started(1))) == Window(task=BINARY)


def test_requests_by_what_they_were_assigned_to(log: Path) -> None:
    write(
        log,
        "predictions-a-000000",
        asked(CHAMPION),
        asked(CHALLENGER, seconds=0.5),
        asked(CHALLENGER, served=CHAMPION, fallback="error"),
        asked(CHALLENGER, served=CHAMPION, fallback="timeout", seconds=2.0),
        asked(CHALLENGER, status=503),
        asked("f" * 64),
    )
    found = look(Observer(log))
    assert (found.champion.requests, found.champion.failures) == (1, 0)
    assert (found.challenger.requests, found.challenger.failures) == (4, 3)
    assert list(found.challenger.seconds) == [0.5, 2.0]


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "replay"},
        {"origin": "simulation"},
        {"origin": None},
        {"generation": 1},
        {"generation": None},
        {"assigned": None},
        {"status": 400},
        {"status": 429},
        {"status": None},
    ],
    ids=str,
)
def test_what_does_not_count(log: Path, changes: dict[str, Any]) -> None:
    write(log, "predictions-a-000000", {**asked(CHALLENGER), **changes})
    assert look(Observer(log)).challenger.requests == 0


def test_a_simulation_counts_its_own(log: Path) -> None:
    write(log, "predictions-a-000000", asked(CHALLENGER), asked(CHALLENGER, origin="simulation"))
    assert look(Observer(log, origin="simulation")).challenger.requests == 1


def test_each_record_is_counted_once_by_whatever_worker_and_segment(log: Path) -> None:
    observer = Observer(log)
    write(log, "predictions-a-000000", asked(CHALLENGER))
    assert look(observer).challenger.requests == 1
    assert look(observer).challenger.requests == 1
    write(log, "predictions-a-000000", asked(CHALLENGER))
    write(log, "predictions-a-000001", asked(CHALLENGER), asked(CHALLENGER))
    write(log, "predictions-b-000000", asked(CHALLENGER))
    assert look(observer).challenger.requests == 5
    assert look(Observer(log)).challenger.requests == 5


def test_a_line_that_is_not_whole_yet_waits_and_one_that_is_torn_is_passed_over(log: Path) -> None:
    observer, line = Observer(log), encode(asked(CHALLENGER))
    write(log, "predictions-a-000000", b"{torn\n", b"[1]\n", line, line[:30])
    assert look(observer).challenger.requests == 1
    write(log, "predictions-a-000000", line[30:], line)
    assert look(observer).challenger.requests == 3


def test_a_write_that_is_taken_back_and_a_segment_that_is_gone_change_nothing(log: Path) -> None:
    observer, line = Observer(log), encode(asked(CHALLENGER))
    path = write(log, "predictions-a-000000", line, line[:30])
    assert look(observer).challenger.requests == 1
    os.truncate(path, len(line))
    assert look(observer).challenger.requests == 1
    write(log, "predictions-a-000000", line)
    assert look(observer).challenger.requests == 2
    path.unlink()
    assert look(observer).challenger.requests == 2


def test_a_stage_counts_only_its_own_requests(log: Path) -> None:
    observer = Observer(log)
    write(log, "predictions-a-000000", asked(CHALLENGER), asked(CHALLENGER, 3), asked(CHALLENGER, 4))
    write(log, "pairs-a-000000", pair([True], [False]), pair([True, True], [False, True], 3))
    assert look(observer).challenger.requests == 3
    found = look(observer, state(stage=1))
    assert (found.challenger.requests, found.pairs, found.disagreements) == (2, 2, 1)


def test_the_champions_earlier_requests_stand_for_it_where_it_is_given_none(log: Path) -> None:
    lines = [asked(CHAMPION, 1, seconds=1.0)] * 3 + [asked(CHAMPION, 2, seconds=2.0)] * 3
    write(log, "predictions-a-000000", *lines, *[asked(CHALLENGER, 3)] * 2)
    found = look(Observer(log), state(stage=1))
    assert list(found.champion.seconds) == [2.0] * 3
    write(log, "predictions-a-000000", *[asked(CHALLENGER, 3)] * 2)
    assert list(look(Observer(log), state(stage=1)).champion.seconds) == [2.0] * 3 + [1.0] * 3
    write(log, "predictions-a-000000", *[asked(CHAMPION, 3, seconds=3.0)] * 5)
    assert list(look(Observer(log), state(stage=1)).champion.seconds) == [3.0] * 5


def test_the_champion_is_timed_beside_the_challenger(log: Path) -> None:
    write(log, "predictions-a-000000", asked(CHAMPION, seconds=0.001), asked(CHALLENGER))
    assert list(look(Observer(log)).champion.seconds) == [0.001]
    timeout = pair([True], [True], error="timeout", scores=None, decisions=None, seconds=2.0)
    broken = pair([True], [True], error="error", scores=None, decisions=None, seconds=0.5)
    write(log, "pairs-a-000000", pair([True], [True], seconds=0.03), timeout, broken)
    found = look(Observer(log)).champion
    assert (found.requests, list(found.seconds)) == (1, [0.03, 2.0])


def test_pairs(log: Path) -> None:
    classes = {"scores": [{"a": 0.7, "b": 0.3}], "decisions": ["a"]}
    write(
        log,
        "pairs-a-000000",
        pair([True, False], [True, True]),
        pair([True], [False], error="timeout", scores=None, decisions=None),
        pair([True], [False, False]),
        pair([True], [False], answered=None),
        pair(["b"], ["a"], scores=[{"a": 0.2, "b": 0.8}], answered=classes),
    )
    found = look(Observer(log))
    assert (found.pairs, found.disagreements) == (3, 2)
    assert list(found.differences) == pytest.approx([0.1, 0.1, 0.5])


@pytest.mark.parametrize("scores", [[None], ["0.1"], [{"a": 0.1}], [{}], [math.nan]], ids=str)
def test_scores_that_cannot_be_compared_differ_by_no_number(log: Path, scores: list[Any]) -> None:
    write(log, "pairs-a-000000", pair([None], [None], scores=scores))
    (found,) = look(Observer(log), task="regression").differences
    assert math.isnan(found)


def test_an_old_segment_without_requests_of_the_stage_is_left_out(log: Path) -> None:
    old = write(log, "predictions-a-000000", asked(CHAMPION, 1))
    stage = write(log, "predictions-b-000000", asked(CHALLENGER), b"{torn\n")
    new = write(log, "predictions-c-000000", asked(CHALLENGER))
    for path, age in ((old, 200_000), (stage, 200_000), (new, 0)):
        os.utime(path, (1e9 - age, 1e9 - age))
    found = look(Observer(log))
    assert (found.challenger.requests, found.champion.requests) == (2, 0)


def test_a_record_of_another_shape_is_passed_over(log: Path) -> None:
    write(log, "predictions-a-000000", json.dumps({"generation": 2, "assigned": 5}).encode() + b"\n", b"{}\n")
    write(log, "pairs-a-000000", b'{"generation": 2, "answered": 3}\n', b'{"generation": "x"}\n')
    assert look(Observer(log)).pairs == 0
