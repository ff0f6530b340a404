"""Looks at a service by the real store and the real reconcile; the registry alone is in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mlcycle.control import notes
from mlcycle.control.places import predictions_folder, traffic_folder
from mlcycle.control.reconcile import Reconciler
from mlcycle.control.rollouts import Controller
from mlcycle.control.watch import Sweep, Watch, moved
from mlcycle.rollout.plan import Analysis, Plan, Stage
from mlcycle.rollout.state import Release
from mlcycle.serving import traffic
from mlcycle.serving.log import encode
from mlcycle.store.database import connect
from mlcycle.store.rollouts import Rollouts
from tests.support.releases import SERVICE, after, release, started
from tests.support.small import Ticking

PLAN = Plan(
    kind="canary",
    stages=(Stage(weight=0.1, min_requests=50), Stage(weight=1.0, min_requests=50)),
    analyses=(
        Analysis(
            name="error_rate",
            work="mlcycle.kinds.analyses.error_rate.work:judge",
            config={"max_increase": 0.1, "confidence": 0.95},
        ),
        Analysis(
            name="disagreement",
            work="mlcycle.kinds.analyses.disagreement.work:judge",
            config={"max": 0.3, "confidence": 0.95},
        ),
    ),
)


@dataclass
class Registry:
    """Aliases and tags of one model."""

    aliases: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def standing(self, model: str) -> Any:
        return SimpleNamespace(aliases=dict(self.aliases), tags=dict(self.tags))

    def set_alias(self, model: str, alias: str, version: str) -> None:
        self.aliases[alias] = version

    def delete_alias(self, model: str, alias: str) -> None:
        self.aliases.pop(alias, None)

    def set_tag(self, model: str, key: str, value: str) -> None:
        self.tags[key] = value


@dataclass
class Life:
    """A service with version 1 as champion and version 2 on its way."""

    home: Path
    controller: Controller
    registry: Registry

    @property
    def traffic(self) -> traffic.Traffic:
        found = traffic.read(traffic_folder(self.home, SERVICE))
        assert found is not None
        return found

    @property
    def watch(self) -> Watch:
        return Watch(SERVICE, self.controller)

    def given(self, version: int) -> Release:
        """A release whose package is there, as far as a look reads it."""
        made = release(version, folder=str(self.home / f"service{version}"))
        package = Path(made.folder) / "packages" / made.package
        package.mkdir(parents=True, exist_ok=True)
        (package / "manifest.json").write_text('{"task": "binary_classification"}')
        return made

    def seen(self, requests: int, *, disagreements: int = 0, failures: int = 0) -> None:
        """Let the log have requests of the stage, of both versions."""
        folder = predictions_folder(self.home, SERVICE)
        folder.mkdir(parents=True, exist_ok=True)
        generation, (one, two) = self.traffic.generation, (release(1).package, release(2).package)
        asked = {"origin": "live", "generation": generation, "status": 200, "seconds": 0.01, "fallback": None}
        lines = [{**asked, "assigned": one}] * requests
        lines += [{**asked, "assigned": two, "fallback": "error"}] * failures
        lines += [{**asked, "assigned": two}] * (requests - failures)
        answered = {"scores": [0.4], "decisions": [False]}
        pairs = [
            {"generation": generation, "error": None, "scores": [0.4], "decisions": [i < disagreements]}
            for i in range(requests)
        ]
        with (folder / "predictions-a-000000.jsonl").open("ab") as stream:
            stream.writelines(map(encode, lines))
        with (folder / "pairs-a-000000.jsonl").open("ab") as stream:
            stream.writelines(encode({**pair, "answered": answered}) for pair in pairs)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    engine = connect(f"sqlite:///{tmp_path}/state.db")
    store, registry = Rollouts(engine=engine, environment="local", clock=Ticking()), Registry()
    port: Any = registry
    reconciler = Reconciler(store=store, registry=port, home=tmp_path, wall=lambda: 0.0)
    controller = Controller(store=store, reconciler=reconciler, actor="ana")
    made = Life(home=tmp_path, controller=controller, registry=registry)
    for version, plan in ((1, Plan(kind="instant")), (2, PLAN)):
        controller.start(SERVICE, made.given(version), plan, operation=f"run {version}")
    yield made
    engine.dispose()


def test_a_good_challenger_becomes_champion_step_by_step(life: Life) -> None:
    watch, said = life.watch, []
    for _ in range(2):
        assert watch.look()[0].event is None
        life.seen(80)
        said.append(watch.look()[1])
    assert said == [
        "version 1 is champion; version 2 gets 100% (stage 2 of 2)",
        "version 2 is champion",
    ]
    assert [arm.version for arm in life.traffic.arms] == ["2"]
    assert life.registry.aliases == {"champion": "2"}
    assert [entry.actor for entry in life.controller.store.audit.entries()] == [
        "ana",
        "ana",
        "controller",
        "controller",
    ]
    evidence = life.controller.store.audit.entries()[2].event["evidence"]
    assert [found["verdict"] for found in evidence] == ["pass", "pass"]


def test_a_challenger_that_answers_otherwise_is_taken_back_by_the_next_look(life: Life) -> None:
    watch = life.watch
    watch.look()
    life.seen(60, disagreements=50)
    look, said = watch.look()
    assert said is not None
    assert said.startswith(
        "version 1 is champion; version 2 is taken back (failed): "
        "disagreement: 83.3% of 60 rows got another answer than the champion's; "
    )
    assert [arm.version for arm in life.traffic.arms] == ["1"]
    assert life.registry.aliases == {"champion": "1"}
    assert look.state.ended is not None


def test_what_was_seen_before_a_restart_is_counted_again(life: Life) -> None:
    life.seen(30)
    assert life.watch.look()[0].requests == 30
    life.seen(30)
    assert life.watch.look()[0].event is not None


def test_a_package_that_cannot_be_read_lets_nothing_pass(life: Life) -> None:
    life.seen(80)
    (Path(life.given(2).folder) / "packages" / release(2).package / "manifest.json").write_text("{")
    look, said = life.watch.look()
    assert (look.event, said, look.requests) == (None, None, 0)


def test_what_was_seen_is_noted_beside_the_traffic(life: Life) -> None:
    folder = traffic_folder(life.home, SERVICE)
    watch = life.watch
    life.seen(20)
    watch.look()
    found = notes.read(folder, life.traffic.generation)
    assert found is not None
    assert (found["stage"], found["requests"]) == (0, 20)
    assert found["waiting"] == ["error_rate is inconclusive", "20 of 50 requests"]
    assert [one["name"] for one in found["evidence"]] == ["error_rate", "disagreement"]
    assert notes.read(folder, life.traffic.generation - 1) is None
    life.controller.act(SERVICE, "abort", reason="enough", operation="by hand")
    assert watch.look()[1] == (
        "version 1 is champion; version 2 is taken back (aborted): aborted by hand: enough"
    )
    assert notes.read(folder, life.traffic.generation) is None


def test_traffic_that_is_behind_is_brought_up_to_date(life: Life) -> None:
    folder = traffic_folder(life.home, SERVICE)
    (folder / traffic.FILE).write_text("{")
    life.watch.look()
    assert life.traffic.generation == 2
    (folder / traffic.FILE).unlink()
    life.watch.look()
    assert life.traffic.generation == 2


def test_a_sweep_looks_at_what_is_going_on(life: Life) -> None:
    made: list[Controller] = []

    def make() -> Controller:
        made.append(life.controller)
        return life.controller

    sweep = Sweep(make)
    assert made == []
    ((look, said),) = sweep()
    assert (look.event, said) == (None, None)
    life.seen(80)
    ((_, said),) = sweep()
    assert said == "version 1 is champion; version 2 gets 100% (stage 2 of 2)"
    life.controller.act(SERVICE, "promote", reason="", operation="by hand")
    assert list(sweep()) == []
    assert len(made) == 1


def test_nothing_happened_between_a_state_and_itself() -> None:
    state = after(started(1))
    assert moved(state, state) is None
    assert moved(state, after(started(2), state=state)) == (
        "version 1 is champion; version 2 gets 5% (stage 1 of 2)"
    )


def test_the_note_of_no_one_and_a_broken_one_are_none(tmp_path: Path) -> None:
    assert notes.read(tmp_path, 1) is None
    (tmp_path / notes.FILE).write_text(json.dumps([1]))
    assert notes.read(tmp_path, 1) is None
