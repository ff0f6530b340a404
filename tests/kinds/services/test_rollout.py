from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlcycle.graph.node import Node
from mlcycle.kinds.gates import evidence
from mlcycle.kinds.services.replay import FILE
from mlcycle.kinds.services.rollout import start
from mlcycle.ports import Ports, Version
from mlcycle.rollout.codec import encode_plan
from mlcycle.rollout.events import Started
from mlcycle.rollout.plan import Plan
from mlcycle.rollout.state import Release, State
from mlcycle.steps.manifest import canonical_json, sha256
from mlcycle.task import CheckResult, Input, Outcome, Task, Verdict, WorkError
from tests.support.releases import CANARY, INSTANT, START, after, started

DIGEST = "1" * 64
NODE = Node(
    name="flights/services/delays_api/rollout",
    kind="rollout.instant",
    work="mlcycle.kinds.services.rollout:start",
    config={"service": "delays_api", "model": "flights.late", "rollout": {"kind": "instant"}},
)


class Shelf:
    """A registry of versions in memory."""

    def __init__(self, *versions: Version) -> None:
        self.versions = {version.version: version for version in versions}

    def get(self, model: str, version: str) -> Version | None:
        return self.versions.get(version)


class Starts:
    """Keeps what was asked to start; version 3 was champion before."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Release, Plan, str]] = []

    def start(self, service: str, release: Release, plan: Plan, *, operation: str) -> State:
        self.asked.append((service, release, plan, operation))
        before = after(started(3), state=State(service=service))
        return after(Started(at=START, id="r", release=release, plan=plan), state=before)

    def champion(self, model: str) -> Release | None:
        raise AssertionError("a rollout asks for no champion")


def given(tmp_path: Path, verdict: Verdict = "pass", replayed: Verdict = "pass") -> tuple[Task, Shelf]:
    judged = tmp_path / "evaluation"
    judged.mkdir()
    gate = CheckResult(name="gate.0.metric", verdict=verdict)
    digest = evidence.write(
        judged, package_digest=DIGEST, dataset_version="d", champion=None, gates=[gate], metrics={}
    )
    replay = tmp_path / "replay"
    replay.mkdir()
    record = {
        "package_digest": DIGEST,
        "service": "delays_api:1",
        "verdict": replayed,
        "rows": 10,
        "max_difference": 1e-5,
    }
    content = canonical_json(record)
    (replay / FILE).write_bytes(content)
    shelf = Shelf(
        Version(model="flights.late", version="3", package_digest="0" * 64, evidence_digest="e"),
        Version(model="flights.late", version="4", package_digest=DIGEST, evidence_digest=digest),
    )
    inputs = {
        "package": Input(node="package", path=tmp_path, data_version=DIGEST),
        "evaluation": Input(node="evaluation", path=judged, data_version=digest),
        "registration": _input("registration", {"model": "flights.late", "version": "4"}, tmp_path),
        "replay": Input(node="replay", path=replay, data_version=sha256(content), record=record),
        "service": _input("service", {"tag": "delays_api:1", "path": "/bento"}, tmp_path, "delays_api:1"),
    }
    unused: Any = None
    ports = Ports(
        feature_store=unused,
        tracker=unused,
        registry=shelf,  # type: ignore[arg-type]
        builder=unused,
        rollouts=Starts(),
    )
    task = Task(
        node=NODE,
        inputs=inputs,
        root=tmp_path,
        out=tmp_path,
        now=datetime(2014, 1, 1, tzinfo=UTC),
        ports=ports,
        run_id="run-7",
    )
    return task, shelf


def _input(node: str, record: Mapping[str, Any], path: Path, version: str = "v") -> Input:
    return Input(node=node, path=path, data_version=version, record=record)


def changed(task: Task, role: str, **changes: Any) -> Task:
    return replace(task, inputs={**task.inputs, role: replace(task.inputs[role], **changes)})


def asked(task: Task) -> list[tuple[str, Release, Plan, str]]:
    starts = task.ports.rollouts
    assert isinstance(starts, Starts)
    return starts.asked


def test_everything_agrees(tmp_path: Path) -> None:
    task, _ = given(tmp_path)
    outcome = start(task)
    ((service, release, plan, operation),) = asked(task)
    assert (service, plan) == ("flights/delays_api", INSTANT)
    assert (release.model, release.version, release.package) == ("flights.late", "4", DIGEST)
    assert release.evidence == task.inputs["evaluation"].data_version
    assert (release.bento, release.path, release.folder) == ("delays_api:1", "/bento", f"{tmp_path}/service")
    assert operation == "run-7/flights/services/delays_api/rollout/4"
    assert (outcome.record["champion"], outcome.record["previous"]) == ("4", "3")
    assert outcome.key_figure == "version 4 is champion"
    assert json.loads((tmp_path / "rollout.json").read_text())["package"] == DIGEST


def test_a_rollout_in_stages_has_begun_when_the_node_is_done(tmp_path: Path) -> None:
    task, _ = given(tmp_path)
    config = {"service": "delays_api", "rollout": encode_plan(CANARY)}
    outcome = start(replace(task, node=replace(NODE, config=config)))
    assert asked(task)[0][2] == CANARY
    assert outcome.key_figure == "version 3 is champion; version 4 gets 5% (stage 1 of 2)"
    assert (outcome.record["champion"], outcome.record["rollout"]) == ("3", "r")


def test_doing_it_twice_is_one_operation(tmp_path: Path) -> None:
    task, _ = given(tmp_path)
    start(task)
    before = (tmp_path / "rollout.json").read_bytes()
    start(task)
    assert (tmp_path / "rollout.json").read_bytes() == before
    first, second = asked(task)
    assert first == second


def refused(task: Task, shelf: Shelf, code: str) -> None:
    with pytest.raises(WorkError) as caught:
        start(task)
    assert caught.value.code == code
    assert asked(task) == []


@pytest.mark.parametrize("verdict", ["fail", "inconclusive"])
def test_a_gate_that_did_not_pass(tmp_path: Path, verdict: Verdict) -> None:
    refused(*given(tmp_path, verdict), "MLC522")


@pytest.mark.parametrize("verdict", ["fail", "inconclusive", "not_applicable"])
def test_a_replay_that_did_not_pass(tmp_path: Path, verdict: Verdict) -> None:
    refused(*given(tmp_path, replayed=verdict), "MLC625")


def test_edited_evidence(tmp_path: Path) -> None:
    task, shelf = given(tmp_path, "fail")
    path = tmp_path / "evaluation" / evidence.FILE
    path.write_bytes(path.read_bytes().replace(b'"fail"', b'"pass"'))
    refused(task, shelf, "MLC520")


def test_evidence_of_another_package(tmp_path: Path) -> None:
    task, shelf = given(tmp_path)
    refused(changed(task, "package", data_version="2" * 64), shelf, "MLC521")


def test_an_edited_replay(tmp_path: Path) -> None:
    task, shelf = given(tmp_path, replayed="fail")
    path = tmp_path / "replay" / FILE
    path.write_bytes(path.read_bytes().replace(b'"fail"', b'"pass"'))
    refused(task, shelf, "MLC623")


def test_a_replay_file_that_says_nothing(tmp_path: Path) -> None:
    task, shelf = given(tmp_path)
    (tmp_path / "replay" / FILE).write_text("{}")
    refused(task, shelf, "MLC623")


def test_a_replay_of_another_build(tmp_path: Path) -> None:
    task, shelf = given(tmp_path)
    refused(changed(task, "service", data_version="delays_api:2"), shelf, "MLC624")


def test_a_version_the_registry_lost(tmp_path: Path) -> None:
    task, shelf = given(tmp_path)
    del shelf.versions["4"]
    refused(task, shelf, "MLC626")


@pytest.mark.parametrize("change", [{"package_digest": "2" * 64}, {"evidence_digest": "x"}])
def test_a_version_registered_for_something_else(tmp_path: Path, change: dict[str, str]) -> None:
    task, shelf = given(tmp_path)
    shelf.versions["4"] = replace(shelf.versions["4"], **change)  # type: ignore[arg-type]
    refused(task, shelf, "MLC627")


def test_the_outcome_has_no_clock_or_path(tmp_path: Path) -> None:
    outcome: Outcome = start(given(tmp_path)[0])
    assert outcome.data_version is None
    assert str(tmp_path) not in (tmp_path / "rollout.json").read_text()
