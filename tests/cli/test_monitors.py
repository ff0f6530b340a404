"""What `mlcycle monitors` prints: a line a signal, and where the report is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlcycle.cli import main
from mlcycle.cli.commands.monitors import _lines
from mlcycle.graph.node import Node, Step
from mlcycle.store.result import IdentityParts, Result
from mlcycle.task import CheckResult

REALIZED = "signal.1.realized_performance"
NODE = Node(
    name="shop/monitors/delays",
    kind="monitor",
    work="",
    config={"service": "api"},
    steps=(
        Step(name="signal.0.data_drift", kind="data_drift", work=""),
        Step(
            name=REALIZED,
            kind="realized_performance",
            work="",
            config={"metric": "f1"},
        ),
    ),
)
NOW = datetime(2014, 1, 1, tzinfo=UTC)
RESULT = Result(
    node=NODE.name,
    identity="",
    parts=IdentityParts(work=""),
    data_version="",
    path="shop/monitors/delays/1",
    files=(),
    started=NOW,
    ended=NOW,
    key_figure="2 chunks, 1 beyond their limit",
    checks=(
        CheckResult(name="signal.0.data_drift", verdict="fail", message="2014-01-01: 1 of 7", rows=900),
        CheckResult(
            name=REALIZED,
            verdict="pass",
            figure=0.71,
            limit="min 0.62",
            rows=880,
            message="fine",
        ),
        CheckResult(name="heartbeat", verdict="inconclusive", message="nobody asks"),
    ),
)


def test_a_line_a_signal_with_its_figure_limit_and_rows(tmp_path: Path) -> None:
    lines = "\n".join(_lines(NODE, RESULT, tmp_path)).splitlines()
    assert lines[0] == "delays of api: 2 chunks, 1 beyond their limit"
    assert lines[1].split() == ["fail", "data", "drift", "900", "rows", "2014-01-01:", "1", "of", "7"]
    realized = ("pass", "realized", "performance", "(f1)", "0.71", "min", "0.62", "880", "rows", "fine")
    assert tuple(lines[2].split()) == realized
    assert lines[3].split() == ["inconclusive", "heartbeat", "nobody", "asks"]
    assert len(lines) == 4, "there is no report to name"


def test_the_report_is_named_where_there_is_one(tmp_path: Path) -> None:
    page = tmp_path / RESULT.path / "report.html"
    page.parent.mkdir(parents=True)
    page.touch()
    assert list(_lines(NODE, replace(RESULT, checks=()), tmp_path))[-1] == f"  report: {page}"


def test_a_project_without_monitors_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mlcycle.yaml").write_text("mlcycle: 1\n")
    monkeypatch.chdir(tmp_path)
    assert main.status_of(["monitors"]) == 0
    assert capsys.readouterr().out == "no spec declares a monitor\n"
