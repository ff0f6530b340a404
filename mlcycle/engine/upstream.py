"""What a node may read, and the checks upstream that forbid it to run."""

from __future__ import annotations

from collections.abc import Mapping

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import Span
from mlcycle.engine.observe import Newest, ancestors, required
from mlcycle.engine.reasons import author_path
from mlcycle.graph.node import Graph, Node
from mlcycle.store.result import Result
from mlcycle.task import CheckResult


class Blocked(Refused):
    """A check upstream did not pass."""


def inputs(graph: Graph, node: Node, newest: Newest) -> Mapping[str, Result]:
    """Role -> result; raises `Refused` if anything the node needs was never built."""
    absent = tuple(name for name in required(graph, node) if newest(name) is None)
    if absent:
        raise Refused(tuple(_never_built(node, name) for name in absent))
    found = {role: newest(name) for role, name in node.inputs.items()}
    return {role: result for role, result in found.items() if result is not None}


def refuse_blocked(graph: Graph, node: Node, newest: Newest) -> None:
    """Raise `Blocked` if the last result of anything the node rests on holds a check that stops what follows.

    This is asked before every run of a node, so that running only what follows does not pass a gate by.
    """
    found = blocking(graph, node, newest)
    if found:
        raise Blocked(found)


def blocking(graph: Graph, node: Node, newest: Newest) -> tuple[Diagnostic, ...]:
    """Why the node must not run; empty if it may."""
    above = ancestors(graph, [node.name])
    return tuple(
        _blocked(node, upstream, check)
        for upstream in graph.nodes
        if upstream.name in above and (result := newest(upstream.name)) is not None
        for check in result.blocking
    )


def evidence(check: CheckResult) -> str:
    """A check's figure, interval and limit as one phrase: `0.61 (0.60 to 0.62), limit min 0.66`."""
    parts = []
    if check.figure is not None:
        interval = f" ({check.low:.4g} to {check.high:.4g})" if None not in (check.low, check.high) else ""
        parts.append(f"{check.figure:.4g}{interval}")
    if check.limit:
        parts.append(f"limit {check.limit}")
    if check.rows is not None:
        parts.append(f"{check.rows:,} rows")
    return ", ".join(parts)


def check_span(node: Node, name: str) -> Span:
    """Where a check was written: its own line, else that of the step of its name, else the node's."""
    spans = {step.name: step.span for step in node.steps} | {check.name: check.span for check in node.checks}
    return spans.get(name, node.span)


def _blocked(node: Node, upstream: Node, check: CheckResult) -> Diagnostic:
    verdict = "failed" if check.verdict == "fail" else "is inconclusive"
    figures = evidence(check)
    tail = f": {figures}" if figures else ""
    return Diagnostic(
        code="MLC873",
        message=f"`{node.name}` does not run: {author_path(check.name)} of `{upstream.name}` {verdict}{tail}",
        span=check_span(upstream, check.name),
        help=check.message or None,
    )


def _never_built(node: Node, name: str) -> Diagnostic:
    return Diagnostic(
        code="MLC874",
        message=f"`{node.name}` needs `{name}`, which was never built",
        span=node.span,
        help=f"select it as well, or run with `--until {node.name}`",
    )
