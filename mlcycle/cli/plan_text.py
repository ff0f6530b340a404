"""A plan as text: one line a node with the decision and its reasons, then totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcycle.cli.console import all_stand, count, table
from mlcycle.cli.labels import short

if TYPE_CHECKING:
    from mlcycle.engine.plan import Plan, Planned
    from mlcycle.graph.node import Graph, Node


def plan_text(plan: Plan) -> str:
    """Each node with what would become of it and why, then how many of each."""
    described = [(step.node, *_decision(step)) for step in plan.steps]
    words = [word for _, word, _ in described]
    return f"{plan.project} ({plan.spec_file}) in {plan.environment}\n{_lines(described)}\n{_totals(words)}"


def offline_text(graph: Graph) -> str:
    """The nodes in their order, without looking at what was built before."""
    lines = _lines([(node, "unknown", "") for node in graph.nodes])
    return f"{graph.project} ({graph.spec_file}), offline\n{lines}\n{count(len(graph.nodes), 'node')}"


def _decision(step: Planned) -> tuple[str, str]:
    from mlcycle.engine.decisions import Rebuild, Reuse

    if step.blocked:
        return "blocked", "; ".join(found.message for found in step.blocked)
    if isinstance(step.decision, Reuse):
        return "keep", ""
    if isinstance(step.decision, Rebuild):
        return "build", "; ".join(str(reason) for reason in step.decision.reasons)
    upstream = ", ".join(short(name) for name in step.decision.upstream)
    return "depends", f"if {upstream} comes out different"


def _lines(described: list[tuple[Node, str, str]]) -> str:
    """A line each; below a source the order of its steps, which the author did not write down."""
    lines = table((word, short(node.name), why) for node, word, why in described).split("\n")
    for index, (node, _, _) in reversed(list(enumerate(described))):
        if "/sources/" in node.name and len(node.steps) > 1:
            steps = ", ".join(_step(step.name, step.kind) for step in node.steps)
            lines.insert(index + 1, f"             steps: {steps}")
    return "\n".join(lines)


def _step(name: str, kind: str) -> str:
    return name if kind in ("", name) else f"{name} ({kind})"


def _totals(words: list[str]) -> str:
    if all(word == "keep" for word in words):
        return f"nothing to do: {all_stand(len(words))}"
    meaning = {
        "build": "to build",
        "depends": "depend on what comes out",
        "keep": "kept",
        "blocked": "blocked",
    }
    parts = [f"{words.count(word)} {text}" for word, text in meaning.items() if word in words]
    return f"{count(len(words), 'node')}: {', '.join(parts)}"
