from __future__ import annotations

import json
from typing import Any

import pytest

from mlcycle.rollout.codec import (
    decode_event,
    decode_plan,
    decode_state,
    encode_event,
    encode_plan,
    encode_state,
)
from mlcycle.rollout.events import EVENTS, Evidence, Failed, Paused, RolledBack
from mlcycle.rollout.plan import Plan
from mlcycle.rollout.state import State
from tests.support.releases import CANARY, SERVICE, advanced, after, later, started

PAUSED = Paused(at=later(7), rollout="r2", reason="odd", evidence=(Evidence(name="x", verdict="fail"),))
WHOLE = after(started(1), started(2), advanced("r2", 0, later(100)), PAUSED)


@pytest.mark.parametrize("state", [State(service=SERVICE), WHOLE, after(started(1), started(2), started(3))])
def test_a_state_comes_back(state: State) -> None:
    assert decode_state(json.loads(json.dumps(encode_state(state)))) == state


@pytest.mark.parametrize(
    "event", [started(1), advanced("r1", 1, later(1.5)), PAUSED, RolledBack(at=later(0), reason="so")]
)
def test_an_event_comes_back(event: Any) -> None:
    written = json.loads(json.dumps(encode_event(event)))
    assert EVENTS[written["event"]] is type(event)
    assert decode_event(written) == event


def test_a_plan_comes_back_and_may_be_short() -> None:
    assert decode_plan(encode_plan(CANARY)) == CANARY
    assert decode_plan({"kind": "instant"}) == Plan(kind="instant")


def damaged(*path: Any, to: Any) -> Any:
    data: Any = encode_state(WHOLE)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return data


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        damaged("generation", to="4"),
        damaged("generation", to=True),
        damaged("generation", to=4.0),
        damaged("new", to=1),
        damaged("champion", "version", to=1),
        damaged("champion", to={}),
        damaged("rollout", "began", to="2026-01-01T00:00:00"),
        damaged("rollout", "began", to="yesterday"),
        damaged("rollout", "plan", "stages", 0, "weight", to="5%"),
        damaged("rollout", "plan", "stages", to="5%"),
        damaged("ended", "outcome", to="won"),
    ],
)
def test_a_state_of_another_form_is_refused(data: Any) -> None:
    with pytest.raises(ValueError):
        decode_state(data)


def test_what_is_no_event_is_refused() -> None:
    for data in ({"event": "won"}, {}, [], {**encode_event(PAUSED), "more": 1}):
        with pytest.raises(ValueError):
            decode_event(data)


def test_no_figure_that_json_cannot_carry() -> None:
    event = Failed(
        at=later(0), rollout="r", evidence=(Evidence(name="x", verdict="fail", figure=float("nan")),)
    )
    with pytest.raises(ValueError, match="nan"):
        encode_event(event)
