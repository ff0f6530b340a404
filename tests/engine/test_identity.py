"""What an identity is made of."""

from __future__ import annotations

from typing import Any

import pytest

from mlcycle.engine.identity import identity, identity_digest
from mlcycle.graph.code_digest import Code
from mlcycle.graph.node import Check, Node, Step

GIVEN: dict[str, Any] = {
    "work": "a.b:f",
    "config": {"x": 1},
    "steps": (Step(name="split", kind="time", work="c:assign", config={"gap": 1}),),
    "checks": (Check(name="contract"),),
}
AROUND: dict[str, Any] = {
    "inputs": {"rows": "v1"},
    "observed": {"now": "2013"},
    "code": Code(modules={"a.b": "1"}, libraries={"polars": "2"}),
    "sample": 1.0,
}


def digest(node: dict[str, Any], around: dict[str, Any]) -> str:
    return identity_digest(identity(Node(name="p/n", kind="k", **node), previous=None, **around))


@pytest.mark.parametrize(
    "changed",
    [
        {"work": "a.b:g"},
        {"config": {"x": 2}},
        {"steps": (Step(name="split", kind="time", work="c:assign", config={"gap": 2}),)},
        {"steps": (Step(name="split", kind="time", work="c:other", config={"gap": 1}),)},
        {"checks": (Check(name="contract", severity="warn"),)},
        {"inputs": {"rows": "v2"}},
        {"observed": {"now": "2014"}},
        {"code": Code(modules={"a.b": "2"}, libraries={"polars": "2"})},
        {"code": Code(modules={"a.b": "1"}, libraries={"polars": "3"})},
        {"sample": 0.1},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_everything_that_decides_over_a_result_counts(changed: dict[str, Any]) -> None:
    node = GIVEN | {key: value for key, value in changed.items() if key in GIVEN}
    around = AROUND | {key: value for key, value in changed.items() if key in AROUND}
    assert digest(node, around) != digest(GIVEN, AROUND)


def test_what_only_documents_does_not() -> None:
    assert digest(GIVEN | {"documentation": {"description": "x"}}, AROUND) == digest(GIVEN, AROUND)
