"""Retraining with real results: what fires is run once, whoever looks and whatever is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mlcycle.control.retrain import DAGSTER, options
from mlcycle.control.standing import standing
from mlcycle.store.audit import Audit, broken
from mlcycle.store.retrains import Request
from tests.support.retrained import (
    DAY,
    PERFORMANCE,
    START,
    VOLUME,
    WEEKLY,
    Lived,
    day,
    graph,
    monitor,
    performance,
)
from tests.support.small import kill_at

pytestmark = pytest.mark.slow

BAD = [day(0, performance(0.60)), day(1, performance(0.61))]


@pytest.fixture
def lived(tmp_path: Path) -> Lived:
    """A model that was trained, got worse for two days, and has new rows to learn from."""
    found = Lived(tmp_path, graph(PERFORMANCE), days=BAD, now=START + 2 * DAY)
    found.train()
    found.more(7)
    return found


def trainings(lived: Lived) -> list[tuple[str, ...]]:
    """The causes of every training there was, oldest first."""
    with lived.ticker() as ticker:
        history = ticker.retrainer.results.history("small/models/sum/training")
    return [result.cause for result in reversed(history)]


def requests(lived: Lived) -> tuple[Request, ...]:
    with lived.ticker() as ticker:
        return ticker.retrainer.retrains.requests("small")


def tick(lived: Lived) -> tuple[Request, ...]:
    with lived.ticker() as ticker:
        return ticker.tick()


def test_what_fires_is_run_and_says_why(lived: Lived) -> None:
    (request,) = tick(lived)
    assert (request.status, request.told) == ("succeeded", "version 26")
    assert request.cause == "2013-01-02: realized performance roc_auc 0.61 (>= 0.62)"
    first, second = trainings(lived)
    assert not first[0].startswith("retraining ")
    assert second[0] == request.sentence
    assert second[0].startswith(f"retraining when_needed ({request.id}): 2013-01-02: ")
    assert tick(lived) == ()
    assert len(trainings(lived)) == 2


def test_a_look_measures_and_trains_nothing(lived: Lived) -> None:
    """A monitor rests on its model: bringing it up to date must not train that before anybody asked."""
    lived.graph = replace(lived.graph, nodes=(*lived.graph.nodes, monitor()))
    lived.days = BAD[:1]
    lived.train()
    lived.more(5)
    assert tick(lived) == ()
    with lived.ticker() as ticker:
        assert len(ticker.retrainer.results.history("small/monitors/sums")) == 2, "with the new rows"
    assert len(trainings(lived)) == 2
    lived.days = BAD
    lived.more(6)
    (request,) = tick(lived)
    assert (request.status, trainings(lived)[-1][0]) == ("succeeded", request.sentence)


def test_before_the_first_training_a_tick_runs_nothing(tmp_path: Path) -> None:
    lived = Lived(tmp_path, graph(VOLUME))
    assert tick(lived) == ()
    assert lived.ran == []


def test_a_look_that_sees_nothing_new_writes_nothing(lived: Lived) -> None:
    lived.days = BAD[:1]
    for _ in range(2):
        tick(lived)
        with lived.ticker() as ticker:
            assert ticker.retrainer.state(lived.graph.retrainings[0]).generation == 1


def test_a_cause_changes_no_identity(lived: Lived) -> None:
    tick(lived)
    lived.train()
    assert len(trainings(lived)) == 2, "the same data and the same declaration, asked for without a cause"


def test_with_nothing_new_to_learn_from_it_is_a_strike(lived: Lived, tmp_path: Path) -> None:
    (tmp_path / "data/a.txt").write_text("1\n2\n3\n")
    (request,) = tick(lived)
    assert (request.status, len(trainings(lived))) == ("nothing_new", 1)
    with lived.ticker() as ticker:
        assert ticker.retrainer.state(lived.graph.retrainings[0]).strikes == 1


def test_a_model_that_no_gate_lets_through_has_failed(lived: Lived, tmp_path: Path) -> None:
    (tmp_path / "data/a.txt").write_text("1\n")
    (request,) = tick(lived)
    assert (request.status, request.told) == ("failed", "gate.0.metric did not pass")


def test_data_that_break_their_contract_are_told(lived: Lived) -> None:
    lived.more(-100)
    (request,) = tick(lived)
    assert request.status == "failed"
    assert request.told.startswith("models/sum/training blocked: ")
    assert "contract" in request.told


def test_data_that_cannot_be_read_are_told(lived: Lived, tmp_path: Path) -> None:
    (tmp_path / "data/a.txt").write_text("1\nno number\n")
    (request,) = tick(lived)
    assert (request.status, request.told) == ("failed", "sources/a failed: a row is not a number")


def test_new_rows_ask_by_themselves(tmp_path: Path) -> None:
    lived = Lived(tmp_path, graph(VOLUME))
    lived.train()
    lived.more(7)
    assert tick(lived) == ()
    lived.more(8)
    (request,) = tick(lived)
    assert (request.status, request.cause) == ("succeeded", "`a` has 2 new rows (>= 2)")
    lived.now += 2 * DAY
    assert tick(lived) == ()
    lived.more(1, 2)
    lived.now += DAY
    assert len(tick(lived)) == 1


def test_dates_that_passed_while_nobody_looked_count_once(tmp_path: Path) -> None:
    lived = Lived(tmp_path, graph(WEEKLY))
    lived.train()
    assert tick(lived) == ()
    lived.now += 30 * DAY
    (request,) = tick(lived)
    assert (request.status, request.cause) == ("nothing_new", "`0 3 * * 1` was due at 2013-01-28 03:00")
    assert tick(lived) == ()
    lived.now += 7 * DAY
    assert len(tick(lived)) == 1


def test_a_date_during_a_rollout_is_kept_for_afterwards(tmp_path: Path) -> None:
    lived = Lived(tmp_path, graph(WEEKLY))
    lived.train()
    tick(lived)
    lived.now, lived.busy = START + 8 * DAY, "version 2 is being rolled out"
    assert tick(lived) == ()
    lived.now, lived.busy = START + 9 * DAY, None
    assert len(tick(lived)) == 1


def test_a_model_that_was_never_trained_is_let_be(tmp_path: Path) -> None:
    lived = Lived(tmp_path, graph(PERFORMANCE), days=BAD)
    assert tick(lived) == ()
    assert lived.ran == []
    with lived.ticker() as ticker:
        held = standing(ticker.retrainer, lived.graph.retrainings[0]).held
    assert held == "`sum` was never trained: there is nothing to train again"


def test_chunks_that_wait_for_labels_are_looked_at_once_they_are_there(lived: Lived) -> None:
    lived.days = [BAD[0], day(1, performance(0.61), settled=False), day(2, performance(0.60))]
    assert tick(lived) == ()
    lived.days = [*BAD, day(2, performance(0.60))]
    assert len(tick(lived)) == 1


def test_every_decision_is_in_the_audit_trail(lived: Lived) -> None:
    (request,) = tick(lived)
    with lived.ticker() as ticker:
        entries = Audit(engine=ticker.retrainer.retrains.engine, environment="local").entries()
    assert list(broken(entries)) == []
    assert [entry.event["event"] for entry in entries] == ["looked", "ended"]
    assert entries[0].state["open"]["id"] == request.id
    assert [entry.actor for entry in entries] == ["ana", "ana"]
    assert entries[1].event["told"] == "version 26"


def test_it_runs_its_model_and_what_serves_it() -> None:
    request = Request(id="1", retraining="small/when_needed", model="sum", asked=START, cause="", before="")
    found = options(graph(PERFORMANCE), request)
    assert found.until == tuple(
        f"small/models/sum/{part}" for part in ("training", "evaluation", "registration")
    )
    assert (found.force, found.select) == (False, ())


def test_what_dagster_runs_is_left_to_dagster(lived: Lived) -> None:
    with lived.ticker() as ticker:
        request = ticker.retrainer.look(lived.graph.retrainings[0])[1]
        assert request is not None
        assert ticker.retrainer.retrains.claim(request, DAGSTER)
        assert not ticker.retrainer.retrains.claim(request, "another"), "it was taken meanwhile"
    assert tick(lived) == ()
    assert len(trainings(lived)) == 1


def in_child(work: Callable[[], object]) -> int:
    """Fork; returns the child's process id."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("point", ["retrain:written", "retrain:recorded", "retrain:claimed", "retrain:ran"])
def test_killed_anywhere_it_is_run_once(lived: Lived, point: str) -> None:
    lived.fault = kill_at(point)
    assert ended(in_child(lambda: tick(lived))) == -signal.SIGKILL
    lived.fault = lambda _: None
    tick(lived)
    (request,) = requests(lived)
    assert request.status == "succeeded"
    assert [cause[0] for cause in trainings(lived)][1:] == [request.sentence]
    assert tick(lived) == ()


def test_processes_that_look_at_once_ask_once(lived: Lived) -> None:
    """None of them holds a lock: the transaction alone decides."""
    go, ready = os.pipe(), os.pipe()

    def look() -> None:
        with lived.ticker() as ticker:
            os.write(ready[1], b".")
            os.read(go[0], 1)
            ticker.retrainer.look(lived.graph.retrainings[0])

    children = [in_child(look) for _ in range(4)]
    for _ in children:
        os.read(ready[0], 1)
    os.write(go[1], b"....")
    assert [ended(child) for child in children] == [0] * 4
    assert [one.status for one in requests(lived)] == ["requested"]
    assert len(tick(lived)) == 1
    assert len(trainings(lived)) == 2


def test_processes_that_tick_at_once_train_once(lived: Lived) -> None:
    children = [in_child(lambda: tick(lived)) for _ in range(3)]
    codes = [ended(child) for child in children]
    assert 0 in codes, "one of them holds the lock; the others may be refused"
    assert [one.status for one in requests(lived)] == ["succeeded"]
    assert len(trainings(lived)) == 2
