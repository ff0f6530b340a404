"""A prediction by its id: what was asked and used, and where the version that answered came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from mlcycle.cli.why_text import as_data, as_text
from mlcycle.control.archive import convert
from mlcycle.control.places import predictions_folder
from mlcycle.control.why import Explainer, Why
from mlcycle.graph.node import Graph, Node
from mlcycle.rollout.plan import Plan
from mlcycle.serving.log import encode
from mlcycle.store.artifacts import Artifacts
from mlcycle.store.audit import Audit
from mlcycle.store.database import connect
from mlcycle.store.result import IdentityParts, Result
from mlcycle.store.results import Results
from mlcycle.store.rollouts import Rollouts
from mlcycle.task import CheckResult
from tests.support.packages import make_package, rows
from tests.support.releases import started

AT = datetime(2013, 12, 1, 0, 5, tzinfo=UTC)
CAUSE = "retraining weekly (0a1b): `0 3 * * 1` was due at 2013-11-25 03:00"
M = "flights/models/late"


def _node(name: str, **inputs: str) -> Node:
    return Node(name=name, kind="k", work="p.m:f", inputs=inputs)


GRAPH = Graph(
    project="flights",
    spec_file="specs/flights.yaml",
    spec_digest="",
    nodes=(
        _node("flights/sources/flights"),
        _node(f"{M}/dataset", rows="flights/sources/flights"),
        _node(f"{M}/training", dataset=f"{M}/dataset"),
        _node(f"{M}/package", training=f"{M}/training"),
        _node(f"{M}/evaluation", package=f"{M}/package"),
        _node(f"{M}/registration", package=f"{M}/package", evaluation=f"{M}/evaluation"),
        _node("flights/services/api/rollout"),
    ),
)


class World:
    """A state database, artefacts and a log."""

    def __init__(self, root: Path, engine: Engine) -> None:
        self.root, self.engine = root, engine
        self.results = Results(engine=engine, environment="local")
        self.digest = make_package(root / "artifacts/package/package")
        self.log = predictions_folder(root, "flights/api")
        self.log.mkdir(parents=True)
        self.learned()

    def learned(self) -> None:
        gate = CheckResult(
            name="gate.0.metric", verdict="pass", figure=0.69, low=0.68, high=0.7, limit=">= 0.66"
        )
        self.add(
            "flights/sources/flights", "s1", figures={"rows": 300, "newest": "2013-11-24T23:00:00+00:00"}
        )
        self.add(f"{M}/dataset", "d1", {"rows": "s1"})
        self.add(
            f"{M}/training", "t1", {"dataset": "d1"}, record={"run_id": "abc"}, cause=(CAUSE, "data changed")
        )
        self.add(f"{M}/package", self.digest, {"training": "t1"}, path="package")
        self.add(f"{M}/evaluation", "e1", {"package": self.digest}, checks=(gate,))
        self.add(f"{M}/registration", "r1", {"package": self.digest, "evaluation": "e1"})
        self.add("flights/sources/flights", "s2", figures={"rows": 999})
        self.add(
            f"{M}/training", "t1", {"dataset": "d1"}, cause=("a library changed, nothing else came out",)
        )
        self.add(f"{M}/evaluation", "e2", {"package": self.digest})

    def add(self, node: str, version: str, inputs: Mapping[str, str] | None = None, **extra: Any) -> None:
        given = {"path": node, "files": (), "started": AT, "ended": AT, **extra}
        parts = IdentityParts(work="p.m:f", inputs=inputs or {})
        self.results.add(Result(node=node, identity="i" * 64, parts=parts, data_version=version, **given))

    def write(self, kind: str, number: int, *records: dict[str, Any]) -> None:
        file = self.log / f"{kind}-w1-{number}.jsonl"
        file.write_bytes(b"".join(map(encode, records)))

    def record(self, name: str, **changed: Any) -> dict[str, Any]:
        """A request of one row, answered by the package."""
        row = dict(rows(1)[0])
        lookups = row.pop("lookups")
        kept = {
            "request": row,
            "lookups": lookups,
            "score": 0.75,
            "decision": True,
            "stale": [],
            "missing": [],
        }
        return {
            "at": AT.isoformat(),
            "received": 1.0,
            "id": name,
            "origin": "live",
            "generation": 1,
            "assigned": self.digest,
            "served": self.digest,
            "version": "1",
            "fallback": None,
            "status": 200,
            "seconds": 0.0041,
            "rows": [kept],
            **changed,
        }

    def why(self, name: str) -> Why | None:
        audit = Audit(engine=self.engine, environment="local")
        artifacts = Artifacts(root=self.root / "artifacts")
        explainer = Explainer(
            graph=GRAPH, results=self.results, artifacts=artifacts, audit=audit, home=self.root
        )
        return explainer.find(name, ("api",))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    engine = connect(f"sqlite:///{tmp_path}/state.db")
    yield World(tmp_path, engine)
    engine.dispose()


def test_the_whole_story(world: World, golden: Callable[[Path, str], None]) -> None:
    rollouts = Rollouts(engine=world.engine, environment="local", clock=lambda: AT)
    rollouts.change("flights/api", started(1, Plan(kind="instant")), operation="one", actor="ana", expected=0)
    world.write("predictions", 1, world.record("one"), world.record("two"))
    world.write("feedback", 1, {"at": AT.isoformat(), "received": 2.0, "id": "two", "row": 0, "label": False})
    why = world.why("two")
    assert why is not None
    assert why.rows[0].label is False
    text = as_text(why).replace(world.digest[:12], "<package>")
    golden(Path(__file__).parent / "expected" / "why.txt", text + "\n")
    data = json.loads(as_data(why))
    assert data["trained"]["sources"][0]["rows"] == 300, "what it was then, not what it is now"
    assert data["trained"]["evidence"] == "e1", "the one that it was registered by"
    assert data["change"]["actor"] == "ana"


def test_computed_features_are_those_of_the_packages_own_program(world: World) -> None:
    world.write("predictions", 1, world.record("one"))
    why = world.why("one")
    assert why is not None
    by_origin: dict[str, list[str]] = {}
    for feature in why.rows[0].features:
        by_origin.setdefault(feature.origin, []).append(feature.name)
    assert set(by_origin) == {"request", "looked up", "computed"}
    assert all(feature.kept for feature in why.rows[0].features)
    values = {feature.name: feature.value for feature in why.rows[0].features}
    assert (values["schedule.hour_of_day"], type(values["schedule.hour_of_day"])) == (20, int)


def test_it_is_found_in_parquet_too(world: World) -> None:
    world.write("predictions", 1, world.record("one"))
    before = world.why("one")
    world.write("predictions", 2, world.record("two"))
    assert convert(world.log, AT) == 2
    (world.log / "predictions-w1-1.jsonl").unlink()
    assert world.why("one") == before
    assert world.why("two") is not None
    assert world.why("three") is None


def test_what_was_redacted_is_said_and_so_is_what_rests_on_it(world: World) -> None:
    record = world.record("one")
    del record["rows"][0]["request"]["distance"]
    world.write("predictions", 1, record)
    why = world.why("one")
    assert why is not None
    hidden = {feature.name for feature in why.rows[0].features if not feature.kept}
    assert "distance" in hidden
    assert "(not kept in the log)" in as_text(why)


def test_a_champion_that_answered_in_anothers_place(world: World) -> None:
    world.write("predictions", 1, world.record("one", assigned="f" * 64, fallback="timeout"))
    why = world.why("one")
    assert why is not None
    assert "assigned to  package ffffffffffff, which did not answer: timeout" in as_text(why)


def test_a_request_without_rows_and_a_package_of_another_machine(world: World) -> None:
    world.write("predictions", 1, world.record("one", rows=[], served="a" * 64, version="7"))
    why = world.why("one")
    assert why is not None
    assert (why.rows, why.trained) == ((), None)
    assert "its rows were not kept" in as_text(why)
    assert "package aaaaaaaaaaaa was made by no result of this environment" in as_text(why)


def test_a_service_that_logged_nothing(world: World) -> None:
    assert world.why("one") is None
