"""Each way in which a result stops to hold, and the sentence that says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mlcycle.diagnostics.span import Span
from mlcycle.engine.decide import decide
from mlcycle.engine.decisions import Rebuild, Reuse
from mlcycle.engine.identity import identity_digest
from mlcycle.engine.reasons import author_path
from mlcycle.graph.node import Node, Step
from mlcycle.store.result import IdentityParts, Result

GATE = Span("specs/p.yaml", 12, 7, 12, 60)
NODE = Node(
    name="p/models/m/evaluation",
    kind="evaluation",
    work="a.b:f",
    inputs={"package": "p/models/m/package"},
    steps=(Step(name="gate.0.metric", kind="metric", work="g:judge", span=GATE),),
    span=Span("specs/p.yaml", 10, 3, 10, 9),
)
PARTS = IdentityParts(
    work="a.b:f",
    config={"task": "regression", "by": ["x", "y"], "library": {"xgboost": "2"}},
    steps=({"name": "gate.0.metric", "kind": "metric", "work": "g:judge", "config": {"min": 0.66}},),
    inputs={"package": "v1"},
    observed={"file:data/a.csv": "s1", "now": "2013-01-01T00:00:00+00:00", "champion:p.m": None},
    code={"a.b": "1", "a.c": "1"},
    libraries={"xgboost": "2.1.4"},
    checks={"gate.0.metric": "error"},
)


def step(**config: Any) -> tuple[dict[str, Any], ...]:
    return ({"name": "gate.0.metric", "kind": "metric", "work": "g:judge", "config": config},)


def result(parts: IdentityParts) -> Result:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Result(
        node=NODE.name,
        identity=identity_digest(parts),
        parts=parts,
        data_version="v",
        path="p",
        files=(),
        started=now,
        ended=now,
    )


CHANGES: list[tuple[dict[str, Any], str, str]] = [
    (
        {"observed": {**PARTS.observed, "file:data/a.csv": "s2"}},
        "data",
        "data changed: data/a.csv (specs/p.yaml:10:3)",
    ),
    (
        {"observed": {**PARTS.observed, "now": "2013-01-02T00:00:00+00:00"}},
        "observed",
        "time passed: 2013-01-01T00:00:00+00:00 -> 2013-01-02T00:00:00+00:00",
    ),
    (
        {"observed": {**PARTS.observed, "champion:p.m": "abcdef0123456789"}},
        "observed",
        "the champion of p.m is another: none -> abcdef012345",
    ),
    ({"inputs": {"package": "v2"}}, "input", "input package changed: p/models/m/package"),
    ({"steps": step(min=0.68)}, "config", "gates[0].min changed: 0.66 -> 0.68 (specs/p.yaml:12:7)"),
    (
        {"steps": step(min=0.66, confidence=0.95)},
        "config",
        "gates[0].confidence changed: not set -> 0.95 (specs/p.yaml:12:7)",
    ),
    ({"steps": step()}, "config", "gates[0].min changed: 0.66 -> not set (specs/p.yaml:12:7)"),
    ({"steps": ()}, "config", "gates[0] was taken out (specs/p.yaml:10:3)"),
    (
        {"config": {**PARTS.config, "task": "x"}},
        "config",
        'task changed: "regression" -> "x" (specs/p.yaml:10:3)',
    ),
    (
        {"config": {**PARTS.config, "by": ["x", "y", "z"]}},
        "config",
        "by has more: z (specs/p.yaml:10:3)",
    ),
    (
        {"config": {**PARTS.config, "by": ["x"]}},
        "config",
        "by has no longer: y (specs/p.yaml:10:3)",
    ),
    (
        {"config": {**PARTS.config, "library": {"xgboost": "3"}}},
        "config",
        'library.xgboost changed: "2" -> "3" (specs/p.yaml:10:3)',
    ),
    ({"code": {"a.b": "1", "a.c": "2"}}, "code", "this step's code changed (a.c)"),
    ({"code": {"a.b": "1"}}, "code", "this step's code changed (a.c)"),
    (
        {"code": dict.fromkeys(("a.b", "a.c", "a.d", "a.e", "a.f"), "9")},
        "code",
        "this step's code changed (a.b, a.c, a.d and 2 more)",
    ),
    ({"work": "a.b:g"}, "code", "its work is another function: a.b:f -> a.b:g"),
    ({"libraries": {"xgboost": "3.0.0"}}, "library", "library xgboost changed: 2.1.4 -> 3.0.0"),
    ({"libraries": {"xgboost": "2.1.4", "polars": "2.1.0"}}, "library", "library polars 2.1.0 is used now"),
    (
        {"checks": {"gate.0.metric": "warn"}},
        "checks",
        "its checks changed: gate.0.metric (specs/p.yaml:10:3)",
    ),
    ({"sample": 0.1}, "sample", "another share of the rows: 1 -> 0.1"),
]


@pytest.mark.parametrize(("change", "kind", "said"), CHANGES, ids=[said for _, _, said in CHANGES])
def test_one_change_gives_one_reason(change: dict[str, Any], kind: str, said: str) -> None:
    decision = decide(NODE, replace(PARTS, **change), result(PARTS))

    assert isinstance(decision, Rebuild)
    assert [(reason.kind, str(reason)) for reason in decision.reasons] == [(kind, said)]


def test_equal_parts_are_reused() -> None:
    assert decide(NODE, PARTS, result(PARTS)) == Reuse(result=result(PARTS))


def test_several_changes_are_all_told_data_first() -> None:
    changed = replace(
        PARTS, code={"a.b": "2", "a.c": "1"}, observed={**PARTS.observed, "file:data/a.csv": "s2"}
    )

    decision = decide(NODE, changed, result(PARTS), forced=True)

    assert isinstance(decision, Rebuild)
    assert [reason.kind for reason in decision.reasons] == ["data", "code", "forced"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"missing": "p/x/a.parquet"}, "artefact missing: p/x/a.parquet"),
        ({"cut_off": True}, "its last run was cut off half-way"),
        ({"forced": True}, "forced"),
    ],
)
def test_a_result_that_holds_is_rebuilt_for_what_lies_outside_it(asked: dict[str, Any], said: str) -> None:
    decision = decide(NODE, PARTS, result(PARTS), **asked)

    assert isinstance(decision, Rebuild)
    assert [str(reason) for reason in decision.reasons] == [said]


def test_without_a_result_the_only_reason_is_that() -> None:
    decision = decide(NODE, PARTS, None, forced=True)

    assert isinstance(decision, Rebuild)
    assert [str(reason) for reason in decision.reasons] == ["never built"]


@pytest.mark.parametrize(
    ("step_name", "path"),
    [
        ("gate.0.metric", "gates[0]"),
        ("clean.2", "clean[2]"),
        ("preprocess.1", "preprocess[1]"),
        ("trainer", "trainer"),
        ("late_rate_7d", "late_rate_7d"),
    ],
)
def test_steps_are_called_what_the_author_wrote(step_name: str, path: str) -> None:
    assert author_path(step_name) == path


def test_many_changed_keys_are_counted_not_listed() -> None:
    config = {**PARTS.config, **{f"key{index}": index for index in range(20)}}

    decision = decide(NODE, replace(PARTS, config=config), result(PARTS))

    assert isinstance(decision, Rebuild)
    assert len(decision.reasons) == 6
    assert decision.reasons[-1].text == "15 more keys changed"


def test_the_order_of_steps_is_part_of_the_identity() -> None:
    other = {"name": "gate.1.baseline", "kind": "baseline", "work": "g:judge", "config": {}}
    one, two = replace(PARTS, steps=(*PARTS.steps, other)), replace(PARTS, steps=(other, *PARTS.steps))

    decision = decide(NODE, two, result(one))

    assert isinstance(decision, Rebuild)
    assert [str(reason) for reason in decision.reasons] == ["the order of steps changed (specs/p.yaml:10:3)"]
