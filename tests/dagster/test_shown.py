"""What Dagster's page shows of a check."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlcycle.dagster.shown import check_result, materialization
from mlcycle.engine.report import Ran
from mlcycle.graph.node import Check, Node
from mlcycle.store.result import IdentityParts, Result
from mlcycle.task import CheckResult, Verdict

pytestmark = pytest.mark.slow

NODE = Node(name="p/models/m/evaluation", kind="evaluation", work="", checks=(Check(name="gate.0.metric"),))


@pytest.mark.parametrize(
    ("verdict", "passed"),
    [("pass", True), ("not_applicable", True), ("fail", False), ("inconclusive", False)],
)
def test_only_a_pass_and_what_does_not_apply_are_shown_as_passed(verdict: Verdict, passed: bool) -> None:
    shown = check_result(
        NODE, CheckResult(name="gate.0.metric", verdict=verdict, figure=0.6, limit="min 0.7")
    )
    assert (shown.passed, shown.check_name) == (passed, "gate_0_metric")
    assert shown.metadata["verdict"].value == verdict


def test_a_sheet_is_there_as_text_and_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "data_sheet.md").write_text("# Data sheet\n")
    (tmp_path / "data_sheet.html").write_text("<p>")
    now = datetime(2026, 1, 2, tzinfo=UTC)
    result = Result(
        node="p/sheets/s",
        identity="i",
        parts=IdentityParts(work=""),
        data_version="d",
        path="",
        files=(),
        started=now,
        ended=now,
        plots=("data_sheet.html", "data_sheet.md"),
    )
    ran = Ran(node=Node(name="p/sheets/s", kind="data_sheet", work=""), status="built", result=result)
    shown = materialization(ran, result, tmp_path).metadata
    assert shown is not None
    assert shown["text/data_sheet.md"].value == "# Data sheet\n"
    assert shown["page/data_sheet.html"].value == str(tmp_path / "data_sheet.html")


def test_an_accepted_sign_is_shown_as_passed_with_its_verdict_and_its_reason() -> None:
    split = Node(
        name="p/models/m/split",
        kind="split",
        work="",
        checks=(Check(name="shuffled", severity="warn"),),
        documentation={"accepted": {"shuffled": "came in batches"}},
    )
    found = CheckResult(name="shuffled", verdict="fail", severity="warn", message="12.0% are older")
    shown = check_result(split, found)
    assert shown.passed
    assert shown.metadata["verdict"].value == "fail"
    assert shown.metadata["accepted"].value == "came in batches"
    assert shown.description is not None
    assert shown.description.startswith("12.0% are older; accepted: came in batches")
    gone = check_result(split, CheckResult(name="shuffled", verdict="pass", severity="warn"))
    assert gone.metadata["accepted for nothing"].value == "shuffled"
