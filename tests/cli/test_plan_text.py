"""What `mlcycle plan` prints."""

from __future__ import annotations

from dataclasses import replace

from mlcycle.cli.plan_text import offline_text, plan_text
from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import NOWHERE, Span
from mlcycle.engine.decisions import Pending, Reason, Rebuild, Reuse
from mlcycle.engine.plan import Plan, Planned
from mlcycle.graph.node import Graph, Step
from tests.cli.builders import node, result

_STEPS = tuple(
    Step(name=name, kind=kind, work="p.m:f")
    for name, kind in (
        ("read", "parquet"),
        ("clean.0", "drop_nulls"),
        ("derive", "derive"),
        ("contract", "contract"),
    )
)
_SOURCE = replace(node("p/sources/s"), steps=_STEPS)
_CHANGED = Reason(kind="config", text="`max_depth` was 6 and is 8", span=Span("specs/p.yaml", 9, 5, 9, 9))


def _plan(*steps: Planned) -> Plan:
    return Plan(project="p", spec_file="specs/p.yaml", environment="local", steps=steps)


def test_each_node_has_its_decision_and_reason() -> None:
    text = plan_text(
        _plan(
            Planned(node=_SOURCE, decision=Reuse(result=result("p/sources/s"))),
            Planned(node=node("p/models/m/training"), decision=Rebuild(reasons=(_CHANGED,))),
            Planned(node=node("p/models/m/package"), decision=Pending(upstream=("p/models/m/training",))),
        )
    )
    assert text.splitlines() == [
        "p (specs/p.yaml) in local",
        "  keep     sources/s",
        "             steps: read (parquet), clean.0 (drop_nulls), derive, contract",
        "  build    models/m/training  `max_depth` was 6 and is 8 (specs/p.yaml:9:5)",
        "  depends  models/m/package   if models/m/training comes out different",
        "3 nodes: 1 to build, 1 depend on what comes out, 1 kept",
    ]


def test_a_plan_without_work_says_so() -> None:
    text = plan_text(_plan(Planned(node=node("p/a"), decision=Reuse(result=result("p/a")))))
    assert text.endswith("nothing to do: the node stands")


def test_a_blocked_node_names_the_check() -> None:
    stop = Diagnostic(code="MLC871", message="gate roc_auc failed", span=NOWHERE)
    text = plan_text(_plan(Planned(node=node("p/a"), decision=Rebuild(reasons=()), blocked=(stop,))))
    assert "blocked  a  gate roc_auc failed" in text


def test_offline_decides_nothing() -> None:
    graph = Graph(project="p", spec_file="specs/p.yaml", spec_digest="", nodes=(_SOURCE,))
    assert "unknown  sources/s" in offline_text(graph)
