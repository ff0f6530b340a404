from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlcycle.control.places import anchors_file, traffic_folder
from mlcycle.control.reconcile import GENERATION_TAG
from mlcycle.control.rollouts import Controller
from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.serving import traffic
from mlcycle.serving.traffic import Arm
from tests.support.releases import CANARY, INSTANT, SERVICE, release
from tests.support.steered import MODEL, Down, FileRegistry, disagreements, steered

pytestmark = pytest.mark.slow


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    """Version 1 is champion, version 2 in its first stage."""
    made = steered(tmp_path)
    made.start(SERVICE, release(1), INSTANT, operation="one")
    made.start(SERVICE, release(2), CANARY, operation="two")
    return made


def directed(controller: Controller) -> traffic.Traffic:
    found = traffic.read(traffic_folder(controller.reconciler.home, SERVICE))
    assert found is not None
    return found


def test_everything_follows_the_state(controller: Controller, tmp_path: Path) -> None:
    assert disagreements(controller) == []
    found = directed(controller)
    assert found.generation == 2
    assert found.arms == (
        Arm(version="1", package="1" * 64, folder="/services/1", weight=0.95),
        Arm(version="2", package="2" * 64, folder="/services/2", weight=0.05),
    )
    rollout = controller.store.state(SERVICE).rollout
    assert rollout is not None
    assert (found.salt, found.sticky_by, found.effective_at) == (rollout.id, "carrier", 1_001.0)
    assert (found.now, found.origin) == (None, "live")
    assert len(anchors_file(tmp_path, "local").read_text().splitlines()) == 2


def test_the_second_time_nothing_is_written(controller: Controller) -> None:
    registry = controller.reconciler.registry
    assert isinstance(registry, FileRegistry)
    writes, document = registry.writes, directed(controller)
    later = replace(controller.reconciler, wall=lambda: 9_999.0)
    assert later.reconcile(SERVICE).nothing
    assert (registry.writes, directed(controller)) == (writes, document)


def test_what_a_service_takes_for_now_is_told(controller: Controller) -> None:
    times = {SERVICE: "2013-12-31T12:00:00Z"}
    told = replace(controller.reconciler, told=times.get, origin="simulation")
    assert told.reconcile(SERVICE).traffic
    assert (directed(controller).now, directed(controller).origin) == (times[SERVICE], "simulation")
    assert not told.reconcile(SERVICE).traffic


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2}', '{"format": 1, "arms": []}'])
def test_a_document_that_is_none_is_written_anew(controller: Controller, content: str) -> None:
    file = traffic_folder(controller.reconciler.home, SERVICE) / traffic.FILE
    file.write_text(content)
    controller.reconciler.reconcile(SERVICE)
    assert disagreements(controller) == []


def test_nothing_older_is_written_over_something_newer(controller: Controller) -> None:
    """A state database that was set back must not set services back."""
    folder = traffic_folder(controller.reconciler.home, SERVICE)
    newer = replace(directed(controller), generation=7)
    traffic.write(folder, newer)
    with pytest.raises(Refused, match=r"MLC641 .*traffic.json is of generation 7, .*up to generation 2"):
        controller.reconciler.reconcile(SERVICE)
    assert directed(controller) == newer
    (folder / traffic.FILE).unlink()
    controller.reconciler.registry.set_tag(MODEL, GENERATION_TAG, f"{SERVICE} 7")
    with pytest.raises(Refused, match=r"MLC641 .*registered model flights.late is of generation 7"):
        controller.reconciler.reconcile(SERVICE)


def test_requests_follow_even_if_the_registry_is_down(controller: Controller, tmp_path: Path) -> None:
    down = steered(tmp_path, registry=Down(tmp_path))
    with pytest.raises(Refused, match=r"MLC642 .*could not be written: no route to host$"):
        down.act(SERVICE, "promote", reason="", operation="three")
    assert directed(controller).arms[0].version == "2"
    assert disagreements(controller) != []
    controller.reconciler.reconcile(SERVICE)
    assert disagreements(controller) == []


def test_nothing_is_written_before_the_first_version(tmp_path: Path) -> None:
    controller = steered(tmp_path)
    assert controller.reconciler.reconcile(SERVICE).nothing
    assert not traffic_folder(tmp_path, SERVICE).exists()


def test_a_service_that_comes_to_serve_another_model(controller: Controller) -> None:
    controller.start(SERVICE, release(3, model="flights.other"), INSTANT, operation="three")
    registry = controller.reconciler.registry
    assert registry.standing("flights.late").aliases == {}
    assert registry.standing("flights.other").aliases == {"champion": "3"}
    controller.act(SERVICE, "rollback", reason="", operation="four")
    assert registry.standing("flights.late").aliases == {"champion": "1"}
    assert registry.standing("flights.other").aliases == {}


def test_a_service_that_was_renamed_leaves_the_aliases_to_the_new_one(controller: Controller) -> None:
    controller.start("flights/renamed", release(3), INSTANT, operation="three")
    registry = controller.reconciler.registry
    assert registry.standing(MODEL).aliases["champion"] == "3"
    controller.reconciler.reconcile(SERVICE)
    assert registry.standing(MODEL).aliases["champion"] == "3"
    assert json.dumps(dict(registry.standing(MODEL).tags)).count("flights/renamed 1") == 1


def test_events_have_the_time_of_the_clock(controller: Controller) -> None:
    entries = controller.store.audit.entries()
    assert all(entry.at.year == 2026 for entry in entries)
    assert entries[0].event["at"] == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC).isoformat()
