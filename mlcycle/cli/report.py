"""How a run ended, in words and as an exit status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mlcycle.cli.console import all_stand, colorful, count, duration, number, sources_of, table
from mlcycle.cli.exits import Exit
from mlcycle.cli.labels import labels, short

if TYPE_CHECKING:
    from mlcycle.diagnostics.span import Span
    from mlcycle.engine.report import Ran, RunReport, Status
    from mlcycle.graph.node import Node
    from mlcycle.task import CheckResult, Table

_VERBS = {"fail": "failed", "inconclusive": "is inconclusive"}
_STATUSES: tuple[Status, ...] = ("built", "reused", "failed", "blocked", "skipped")


def status(report: RunReport) -> Exit:
    """The exit status of the worst that happened."""
    if any(ran.traceback for ran in report.nodes):
        return Exit.FAULT
    if any(ran.status == "failed" for ran in report.nodes):
        return Exit.WRONG
    stopping = [ran for ran in report.nodes if _blocking(ran)]
    if any(ran.node.name.endswith("/evaluation") for ran in stopping):
        return Exit.GATE
    return Exit.OK if report.ok else Exit.WRONG


def total(report: RunReport) -> str:
    """The run's closing line."""
    if report.unchanged:
        return f"nothing changed: {all_stand(len(report.nodes))} as before ({duration(report.seconds)})"
    counted = Counter(ran.status for ran in report.nodes)
    parts = [f"{counted[word]} {word}" for word in _STATUSES if counted[word]]
    return f"{count(len(report.nodes), 'node')} in {duration(report.seconds)}: {', '.join(parts)}"


def failures(report: RunReport, root: Path) -> Iterator[str]:
    """For each node that failed or stopped the rest: its place in the spec, or the fault, and evidence."""
    from mlcycle.diagnostics.render import as_text

    for ran in report.nodes:
        if ran.traceback:
            yield f"{ran.traceback.rstrip()}\nmlcycle is at fault here, at {ran.node.name} ({ran.node.span})."
        elif ran.status == "failed":
            yield as_text(ran.diagnostics, sources_of(ran.diagnostics, root), color=colorful()).rstrip()
        for check in _blocking(ran):
            name = labels(ran.node).get(check.name, check.name)
            said = f"{short(ran.node.name)}: {name} {_VERBS[check.verdict]}: {_said(check)}"
            yield f"{said}\n --> {_place(ran.node, check)}{_evidence(check)}"


def _blocking(ran: Ran) -> tuple[CheckResult, ...]:
    return ran.result.blocking if ran.result is not None and ran.status in ("built", "reused") else ()


def _place(node: Node, check: CheckResult) -> Span:
    """Where the check was declared, else its node."""
    return next((step.span for step in node.steps if step.name == check.name and step.span.file), node.span)


def _said(check: CheckResult) -> str:
    """The check's own words, with what they rest on."""
    parts = [check.message] if check.message else []
    if check.low is not None and check.high is not None:
        parts.append(f"interval {number(check.low)} to {number(check.high)}")
    parts += [f"limit {check.limit}"] if check.limit else []
    return ", ".join(parts) + "; what follows does not run"


def _evidence(check: CheckResult) -> str:
    return "" if check.table is None else "\n" + table_text(check.table)


def table_text(shown: Table, most: int = 10) -> str:
    """A result's small table, at most `most` rows of it."""
    rows = [tuple("" if cell is None else str(cell) for cell in row) for row in shown.rows[:most]]
    left = len(shown.rows) - len(rows)
    text = f"  {shown.title}\n{table([shown.columns, *rows])}"
    return text + (f"\n  ... and {count(left, 'more row')}" if left > 0 else "")
