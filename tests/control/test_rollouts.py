from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mlcycle.control.rollouts import ACTIONS, Action, Controller
from mlcycle.diagnostics.diagnostic import Refused
from tests.support.releases import CANARY, INSTANT, SERVICE, advanced, later, release
from tests.support.steered import disagreements, steered

pytestmark = pytest.mark.slow


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    """Version 1 is champion, version 2 in its first stage."""
    made = steered(tmp_path)
    made.start(SERVICE, release(1), INSTANT, operation="one")
    made.start(SERVICE, release(2), CANARY, operation="two")
    return made


def test_starting_again_gives_what_stands(controller: Controller) -> None:
    state = controller.store.state(SERVICE)
    assert controller.start(SERVICE, release(2), CANARY, operation="two") == state
    assert controller.start(SERVICE, release(2), CANARY, operation="other") == state
    assert controller.champion("flights.late") == release(1)


@pytest.mark.parametrize(
    ("action", "champion", "challenger", "paused"),
    [
        ("pause", "1", "2", True),
        ("resume", "1", "2", False),
        ("promote", "2", None, False),
        ("abort", "1", None, False),
    ],
)
def test_what_a_person_asks_for(
    controller: Controller, action: Action, champion: str, challenger: str | None, paused: bool
) -> None:
    if action == "resume":
        controller.act(SERVICE, "pause", reason="", operation="before")
    state = controller.act(SERVICE, action, reason="a test", operation="three").state
    assert state.champion is not None
    assert state.champion.version == champion
    assert (state.rollout.challenger.version if state.rollout else None) == challenger
    assert bool(state.rollout and state.rollout.paused) == paused
    assert disagreements(controller) == []


def test_rolling_back_and_undoing_it(controller: Controller) -> None:
    controller.act(SERVICE, "promote", reason="", operation="three")
    for number, version in enumerate(["1", "2", "1"]):
        state = controller.act(SERVICE, "rollback", reason="", operation=f"back {number}").state
        assert state.champion is not None
        assert state.champion.version == version
        assert disagreements(controller) == []


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "rollback"])
def test_nothing_is_going_on(controller: Controller, action: Action) -> None:
    controller.act(SERVICE, "abort", reason="slow", operation="three")
    with pytest.raises(Refused) as caught:
        controller.act(SERVICE, action, reason="", operation="four")
    (found,) = caught.value.diagnostics
    assert found.code == "MLC630"
    assert "the last one, of version 2, ended as aborted: aborted by hand: slow" in found.message
    assert found.help == f"mlcycle rollout status {SERVICE}"


def test_what_is_told_to_be_typed_names_the_environment(tmp_path: Path) -> None:
    store = replace(steered(tmp_path).store, environment="production")
    production = replace(steered(tmp_path), store=store)
    with pytest.raises(Refused) as caught:
        production.act(SERVICE, "abort", reason="", operation="one")
    assert caught.value.diagnostics[0].help == f"mlcycle rollout status {SERVICE} --env production"


def test_a_decision_of_a_tick(controller: Controller) -> None:
    rollout = controller.store.state(SERVICE).rollout
    assert rollout is not None
    event = advanced(rollout.id, 0, later(1_000))
    assert controller.change(SERVICE, event, operation="tick", expected=2).state.generation == 3
    with pytest.raises(Refused, match="MLC638"):
        controller.change(SERVICE, event, operation="another tick", expected=2)
    assert controller.change(SERVICE, event, operation="tick", expected=2).repeated


def test_a_service_by_its_name(controller: Controller) -> None:
    assert controller.named("delays_api") == controller.named(SERVICE) == SERVICE
    with pytest.raises(Refused, match=r"MLC643 .*nothing was rolled out to a service `delay_api` in local"):
        controller.named("delay_api")
    controller.start("other/delays_api", release(3, model="other.late"), INSTANT, operation="x")
    with pytest.raises(Refused, match=r"MLC643 .*several projects have a service `delays_api`"):
        controller.named("delays_api")
    assert controller.named("other/delays_api") == "other/delays_api"
