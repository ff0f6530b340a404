"""How a run ended, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mlcycle.cli.console import colorful, count, duration, sources_of, table

if TYPE_CHECKING:
    from mlcycle.engine.report import Ran, RunReport
    from mlcycle.task import CheckResult, Table


def total(report: RunReport) -> str:
    """The run's closing line."""
    if report.unchanged:
        return f"nothing changed: all {len(report.nodes)} nodes are as they were ({duration(report.seconds)})"
    counted = Counter(ran.status for ran in report.nodes)
    parts = [
        f"{counted[status]} {status}"
        for status in ("built", "reused", "failed", "blocked", "skipped")
        if counted[status]
    ]
    return f"{count(len(report.nodes), 'node')} in {duration(report.seconds)}: {', '.join(parts)}"


def failures(report: RunReport, root: Path) -> Iterator[str]:
    """For each node that failed or stopped the rest: the place in the spec, or the fault, and the evidence."""
    from mlcycle.diagnostics.render import as_text

    for ran in report.nodes:
        if ran.traceback:
            yield f"{ran.traceback.rstrip()}\nmlcycle is at fault here, at {ran.node.name} ({ran.node.span})."
        elif ran.diagnostic is not None and ran.status == "failed":
            found = (ran.diagnostic,)
            yield as_text(found, sources_of(found, root), color=colorful())
        yield from _stopping(ran)


def _stopping(ran: Ran) -> Iterator[str]:
    if ran.status not in ("built", "reused", "failed"):
        return
    for check in ran.checks:
        if check.blocks:
            yield (
                f"{ran.node.name}: check `{check.name}` stops what follows: {check.message or check.verdict}"
                + _evidence(check)
            )


def _evidence(check: CheckResult) -> str:
    return "" if check.table is None else "\n" + table_text(check.table)


def table_text(shown: Table, most: int = 10) -> str:
    """A result's small table, at most `most` rows of it."""
    rows = [tuple("" if cell is None else str(cell) for cell in row) for row in shown.rows[:most]]
    left = len(shown.rows) - len(rows)
    text = f"  {shown.title}\n{table([shown.columns, *rows])}"
    return text + (f"\n  ... and {count(left, 'more row')}" if left > 0 else "")
