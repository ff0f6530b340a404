"""What Dagster's page shows of a check."""

from __future__ import annotations

import pytest

from mlcycle.dagster.shown import check_result
from mlcycle.graph.node import Check, Node
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
