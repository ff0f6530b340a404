from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from mlcycle.rollout.events import RolledBack
from mlcycle.rollout.state import State
from mlcycle.store.database import writing
from mlcycle.store.rollouts import Rollouts
from tests.support.releases import INSTANT, SERVICE, advanced, later, release, started
from tests.support.small import Ticking


@pytest.fixture
def rollouts(engine: Engine) -> Rollouts:
    return Rollouts(engine=engine, environment="local", clock=Ticking())


def test_nothing_was_rolled_out(rollouts: Rollouts) -> None:
    assert rollouts.state(SERVICE) == State(service=SERVICE)
    assert (rollouts.all(), rollouts.champion("flights.late"), rollouts.audit.entries()) == ((), None, ())


def test_a_change_is_kept_with_its_entry(rollouts: Rollouts) -> None:
    change = rollouts.change(SERVICE, started(1), operation="one", actor="ana", expected=0)
    assert (change.refusal, change.changed, change.repeated) == (None, True, False)
    assert change.state.generation == 1
    assert rollouts.state(SERVICE) == change.state
    assert rollouts.all() == (change.state,)
    (entry,) = rollouts.audit.entries()
    assert (entry.seq, entry.actor, entry.operation) == (1, "ana", "one")
    assert entry.subject == f"rollout:{SERVICE}"
    assert (entry.event["event"], entry.state["generation"]) == ("started", 1)
    assert entry.at == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert rollouts.audit.head().hash == entry.hash == entry.computed


def test_an_operation_that_is_done_again_gives_what_it_led_to(rollouts: Rollouts) -> None:
    first = rollouts.change(SERVICE, started(1), operation="one", actor="ana", expected=0)
    rollouts.change(SERVICE, started(2, INSTANT), operation="two", actor="ana", expected=1)
    again = rollouts.change(SERVICE, started(1, at=later(99)), operation="one", actor="ana", expected=0)
    assert again.repeated
    assert again.state == first.state
    assert rollouts.state(SERVICE).champion == release(2)
    assert len(rollouts.audit.entries()) == 2


@pytest.mark.parametrize("service", [SERVICE, "flights/other"])
def test_the_id_of_an_operation_is_used_once(rollouts: Rollouts, service: str) -> None:
    rollouts.change(SERVICE, started(1), operation="one", actor="ana", expected=0)
    event = RolledBack(at=later(1)) if service == SERVICE else started(1)
    change = rollouts.change(service, event, operation="one", actor="ana", expected=None)
    assert change.refusal is not None
    assert change.refusal.code == "MLC639"
    assert rollouts.state(service).generation == (1 if service == SERVICE else 0)


def test_a_decision_on_an_older_generation_is_refused(rollouts: Rollouts) -> None:
    rollouts.change(SERVICE, started(1), operation="one", actor="ana", expected=0)
    change = rollouts.change(SERVICE, started(2), operation="two", actor="ben", expected=0)
    assert change.refusal is not None
    assert (change.refusal.code, change.state.generation) == ("MLC638", 1)
    assert "generation 1 stands, not 0" in change.refusal.message
    assert rollouts.state(SERVICE).rollout is None


def test_what_the_machine_refuses_leaves_nothing(rollouts: Rollouts) -> None:
    change = rollouts.change(
        SERVICE, advanced("r1", 0, later(1)), operation="one", actor="ana", expected=None
    )
    assert change.refusal is not None
    assert (change.refusal.code, change.state) == ("MLC630", State(service=SERVICE))
    assert rollouts.audit.entries() == ()


def test_what_changes_nothing_is_not_recorded(rollouts: Rollouts) -> None:
    rollouts.change(SERVICE, started(1), operation="one", actor="ana", expected=None)
    change = rollouts.change(SERVICE, started(1, id="x"), operation="two", actor="ana", expected=1)
    assert (change.refusal, change.changed, change.state.generation) == (None, False, 1)
    assert len(rollouts.audit.entries()) == 1


def test_environments_do_not_see_each_other(engine: Engine, rollouts: Rollouts) -> None:
    other = Rollouts(engine=engine, environment="production", clock=Ticking())
    rollouts.change(SERVICE, started(1), operation="one", actor="ana", expected=0)
    other.change(SERVICE, started(2), operation="one", actor="ana", expected=0)
    assert other.champion("flights.late") == release(2)
    assert rollouts.champion("flights.late") == release(1)
    assert [entry.seq for entry in other.audit.entries()] == [1]


def test_the_champion_of_a_service_that_was_renamed(rollouts: Rollouts) -> None:
    rollouts.change("flights/old", started(1), operation="one", actor="ana", expected=0)
    rollouts.change("flights/new", started(2), operation="two", actor="ana", expected=0)
    assert rollouts.champion("flights.late") == release(2)
    assert rollouts.champion("flights.other") is None
    rollouts.change("flights/old", started(3, INSTANT), operation="three", actor="ana", expected=1)
    assert rollouts.champion("flights.late") == release(3)


def test_others_join_the_chain_in_transactions_of_their_own(engine: Engine, rollouts: Rollouts) -> None:
    rollouts.change(SERVICE, started(1), operation="one", actor="ana", expected=0)
    with writing(engine) as connection:
        rollouts.audit.append(
            connection,
            at=later(5),
            actor="mlcycle",
            subject="retraining:flights.late",
            operation="fire-1",
            event={"event": "fired", "psi": 0.25},
        )
    first, second = rollouts.audit.entries()
    assert (second.seq, second.previous, second.hash) == (2, first.hash, second.computed)
    assert rollouts.audit.entries(subject="retraining:flights.late") == (second,)
    assert rollouts.audit.entries(last=1) == (second,)


def test_a_transaction_that_fails_leaves_neither_row_nor_entry(engine: Engine) -> None:
    def fault(point: str) -> None:
        if point == "change:written":
            raise KeyboardInterrupt

    failing = Rollouts(engine=engine, environment="local", clock=Ticking(), fault=fault)
    with pytest.raises(KeyboardInterrupt):
        failing.change(SERVICE, started(1), operation="one", actor="ana", expected=0)
    assert failing.state(SERVICE).generation == 0
    assert (failing.audit.entries(), failing.audit.head().seq) == ((), 0)
