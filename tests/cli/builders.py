"""Small real results, reports and nodes for the tests of what is printed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mlcycle.diagnostics.span import Span
from mlcycle.graph.node import Node
from mlcycle.store.result import IdentityParts, Result
from mlcycle.task import CheckResult

_START = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def node(name: str) -> Node:
    return Node(
        name=name,
        kind=name.split("/")[-1],
        work="package.module:function",
        span=Span("specs/p.yaml", 2, 3, 2, 9),
    )


def result(
    name: str, key_figure: str = "", *checks: CheckResult, seconds: float = 1.5, **extra: Any
) -> Result:
    return Result(
        node=name,
        identity="i" * 64,
        parts=IdentityParts(work="package.module:function"),
        data_version="d" * 64,
        path=name,
        files=(),
        started=_START,
        ended=_START + timedelta(seconds=seconds),
        key_figure=key_figure,
        checks=checks,
        **extra,
    )


def gate(name: str, verdict: Any = "pass", **extra: Any) -> CheckResult:
    return CheckResult(name=name, verdict=verdict, **extra)
