"""The closing summary, from results as they are stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mlcycle.cli.console import number
from mlcycle.cli.summary import summary
from mlcycle.graph.node import Check, Graph, Step
from mlcycle.rollout.state import State
from mlcycle.store.result import Artifact, Result
from tests.cli.builders import gate, node, result
from tests.support.releases import after, started

_GATES = (
    Step(name="gate.0", kind="metric", work="p.m:f", config={"metric": "roc_auc"}),
    Step(name="gate.1", kind="champion", work="p.m:f", config={}),
    Step(name="gate.2", kind="fairness", work="p.m:f", config={"metric": "tpr", "by": ["origin"]}),
)
_EVALUATION = replace(
    node("p/models/late/evaluation"), steps=_GATES, checks=tuple(Check(name=step.name) for step in _GATES)
)
_ACCEPTED = {"accepted": {"shuffled": "came in batches", "repeated_rows": "they look alike"}}
_SPLIT = replace(node("p/models/late/split"), documentation=_ACCEPTED)
_GRAPH = Graph(project="p", spec_file="specs/p.yaml", spec_digest="", nodes=(_SPLIT, _EVALUATION))


def _results() -> dict[str, Result]:
    gates = (
        gate("gate.0", figure=0.6894, low=0.684, high=0.6948, limit=">= 0.66", rows=65_214),
        gate("gate.1", "not_applicable", message="there is no champion yet"),
        gate("gate.2", "fail", severity="warn", figure=0.2, limit="<= 0.15", message="LGA is apart"),
    )
    all_of_them = (
        result(
            "p/sources/flights", "336,776 rows", gate("freshness", "fail", severity="warn", message="2 d old")
        ),
        result("p/models/late/dataset", "327,346 rows"),
        result(
            "p/models/late/split",
            "229,142 / 32,734 / 65,470 rows",
            gate("single_feature", message="no feature alone predicts the label"),
            gate("repeated_rows", message="no row is on two sides"),
            gate("shuffled", "fail", severity="warn", message="12.0% of the test rows are older"),
        ),
        result("p/models/late/training", "best round 120"),
        result("p/models/late/evaluation", "AUC 0.689", *gates),
        result("p/models/late/registration", "version 3", record={"version": "3"}),
        result(
            "p/services/api/replay",
            figures={"rows": 1000, "largest_difference": 1.2e-7, "max_difference": 1e-5},
        ),
        result("p/services/api/rollout", "version 3 serves", seconds=90),
    )
    return {each.node: each for each in all_of_them}


def test_the_summary_has_what_a_person_asks_for(golden: Callable[[Path, str], None]) -> None:
    shown = summary(_GRAPH, "local", _results(), [after(started(3), state=State(service="p/api"))])
    golden(Path(__file__).parent / "expected" / "summary.txt", shown + "\n")


def test_a_version_on_its_way_is_told() -> None:
    state = after(started(3), started(4), state=State(service="p/api"))
    shown = summary(_GRAPH, "local", _results(), [state])
    assert "rollout       version 3 is champion; version 4 gets 5% (stage 1 of 2)" in shown
    assert "mlcycle rollout status api" in shown


def test_a_project_that_never_ran_says_how_to_start() -> None:
    assert "mlcycle run specs/p.yaml" in summary(_GRAPH, "local", {})


def test_a_model_without_a_version_says_so() -> None:
    results = _results()
    del results["p/models/late/registration"]
    assert "registered    no version yet" in summary(_GRAPH, "local", results)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0.0, "0.000"), (0.68949, "0.689"), (1.2e-7, "1.2e-07"), (12345.6, "12,345.600")],
)
def test_figures_have_as_many_digits_as_help(value: float | None, text: str) -> None:
    assert number(value) == text


def test_only_a_service_that_was_rolled_out_is_offered_to_be_served() -> None:
    state = after(started(3), state=State(service="p/api"))
    assert "mlcycle serve api" in summary(_GRAPH, "local", _results(), [state])
    assert "mlcycle serve" not in summary(_GRAPH, "local", _results())


def test_what_people_read_is_listed_with_its_place() -> None:
    written = {
        "p/sheets/flights": ("croissant.json", "data_sheet.html", "data_sheet.md"),
        "p/models/late/card": ("model_card.md",),
    }
    results = _results() | {
        name: replace(result(name), files=tuple(Artifact(path=file, size=1) for file in files))
        for name, files in written.items()
    }
    shown = summary(_GRAPH, "local", results, artifacts=".mlcycle/artifacts")
    block = shown.partition("\n\ndocuments\n")[2].partition("\n\n")[0]
    assert [line.split() for line in block.splitlines()] == [
        ["sheets/flights", ".mlcycle/artifacts/p/sheets/flights/data_sheet.html"],
        ["models/late/card", ".mlcycle/artifacts/p/models/late/card/model_card.md"],
    ]
    assert "documents" not in summary(_GRAPH, "local", _results())
