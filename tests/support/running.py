"""Short words for tests that plan and run the small project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlcycle.engine.decisions import Pending, Rebuild, Reuse
from mlcycle.engine.events import Listener, silent
from mlcycle.engine.plan import Plan
from mlcycle.engine.report import RunReport
from mlcycle.engine.runner import Execute, Runner
from mlcycle.engine.selection import Options
from tests.support.small import execute_here

EVERYTHING = Options()


def run(
    runner: Runner,
    options: Options = EVERYTHING,
    *,
    execute: Execute = execute_here,
    listen: Listener = silent,
) -> RunReport:
    return runner.run(options, command="a test", execute=execute, listen=listen)


def statuses(report: RunReport) -> dict[str, str]:
    """Last part of the node's name -> what became of it."""
    return {ran.node.name.rsplit("/", 1)[1]: ran.status for ran in report.nodes}


def planned(plan: Plan) -> dict[str, Any]:
    """Last part of the node's name -> `reuse`, the reasons, or the nodes waited for."""

    def said(decision: Reuse | Rebuild | Pending) -> Any:
        match decision:
            case Reuse():
                return "reuse"
            case Rebuild(reasons=reasons):
                return [str(reason) for reason in reasons]
            case Pending(upstream=upstream):
                return tuple(name.rsplit("/", 1)[1] for name in upstream)

    return {step.node.name.rsplit("/", 1)[1]: said(step.decision) for step in plan.steps}


def versions(runner: Runner) -> dict[str, tuple[str, str]]:
    """Node -> (identity, data version) of its newest result."""
    return {result.node: (result.identity, result.data_version) for result in runner.results()}


def contents(root: Path, runner: Runner) -> dict[str, bytes]:
    """Every file of every newest result, by node and path."""
    return {
        f"{result.node}:{file.path}": (root / ".mlcycle/artifacts" / result.path / file.path).read_bytes()
        for result in runner.results()
        for file in result.files
    }
