"""Call a node's work function and tell its failures in the author's terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Literal

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.graph.node import Check, Node
from mlcycle.task import CheckResult, Outcome, Task, WorkError


def call(task: Task) -> Outcome:
    """Run the node's work.

    A `WorkError` becomes `Refused` with the line of the step it names. Anything else keeps its traceback and
    gets a note with the node and its line.
    """
    node = task.node
    try:
        return _checked(node, _load(node.work)(task))
    except WorkError as error:
        raise Refused((told(node, error),)) from error
    except Refused:
        raise
    except Exception as error:
        error.add_note(f"while running `{node.name}`, written at {node.span}")
        raise


def _load(work: str) -> Callable[[Task], Outcome]:
    module, _, function = work.partition(":")
    found: Callable[[Task], Outcome] = getattr(import_module(module), function)
    return found


def told(node: Node, error: WorkError) -> Diagnostic:
    """A work's own error as a finding at the line of the step that it names."""
    spans = {step.name: step.span for step in node.steps}
    return Diagnostic(
        code=error.code,
        message=error.message,
        span=spans.get(error.step or "", node.span),
        help=error.help,
    )


def _checked(node: Node, outcome: Outcome) -> Outcome:
    """The outcome with exactly the declared checks: one nobody reported is inconclusive, never a pass."""
    reported = {check.name: check for check in outcome.checks}
    unknown = sorted(reported.keys() - {check.name for check in node.checks})
    if unknown:
        raise ValueError(
            f"{node.work} reported checks that {node.name} does not declare: {', '.join(unknown)}"
        )
    checks = tuple(_declared(reported.get(check.name), check) for check in node.checks)
    return replace(outcome, checks=checks)


def _declared(found: CheckResult | None, check: Check) -> CheckResult:
    """A work may lower the severity of a check with two limits, never raise it."""
    lowered = check.severity == "warn" or (found is not None and found.severity == "warn")
    severity: Literal["error", "warn"] = "warn" if lowered else "error"
    if found is not None:
        return replace(found, severity=severity)
    message = "the work reported nothing about this check"
    return CheckResult(name=check.name, verdict="inconclusive", severity=severity, message=message)
