"""A plan as text: one line a node with the decision and its reasons, then totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcycle.cli.console import count, table

if TYPE_CHECKING:
    from mlcycle.engine.decisions import Decision
    from mlcycle.engine.plan import Plan
    from mlcycle.graph.node import Graph, Node


def plan_text(plan: Plan) -> str:
    """Each node with what would become of it and why, then how many of each."""
    described = [(step.node, *_decision(step.decision)) for step in plan.steps]
    rows = [row for node, word, why in described for row in _rows(node, word, why)]
    words = [word for _, word, _ in described]
    return f"{plan.project} ({plan.spec_file}) in {plan.environment}\n{table(rows)}\n{_totals(words)}"


def offline_text(graph: Graph) -> str:
    """The nodes in their order, without looking at what was built before."""
    rows = [row for node in graph.nodes for row in _rows(node, "unknown", "")]
    return f"{graph.project} ({graph.spec_file}), offline\n{table(rows)}\n{count(len(graph.nodes), 'node')}"


def _decision(decision: Decision) -> tuple[str, str]:
    from mlcycle.engine.decisions import Rebuild, Reuse

    if isinstance(decision, Reuse):
        return "keep", ""
    if isinstance(decision, Rebuild):
        return "build", "; ".join(reason.text for reason in decision.reasons)
    return "depends", "if the result differs of " + ", ".join(decision.upstream)


def _rows(node: Node, word: str, why: str) -> list[tuple[str, str, str]]:
    """The node's line, and for a source the order of its steps, which the author did not write down."""
    rows = [(word, node.name, why)]
    if "/sources/" in node.name and len(node.steps) > 1:
        rows.append(("", "  steps: " + ", ".join(_step(step.name, step.kind) for step in node.steps), ""))
    return rows


def _step(name: str, kind: str) -> str:
    return name if kind in ("", name) else f"{name} ({kind})"


def _totals(words: list[str]) -> str:
    if all(word == "keep" for word in words):
        return f"nothing to do: all {count(len(words), 'node')} stand"
    meaning = {"build": "to build", "depends": "depend on what comes out", "keep": "kept"}
    parts = [f"{words.count(word)} {text}" for word, text in meaning.items() if word in words]
    return f"{count(len(words), 'node')}: {', '.join(parts)}"
