"""The closing summary, from results as they are stored."""

from __future__ import annotations

import pytest

from mlcycle.cli.summary import number, summary
from mlcycle.store.result import Result
from tests.cli.builders import gate, result


def _results() -> dict[str, Result]:
    gates = (
        gate("roc_auc", figure=0.6894, low=0.684, high=0.6948, limit=">= 0.66", rows=65_214),
        gate("champion", "not_applicable", message="there is no champion yet"),
        gate("by origin", "fail", severity="warn", figure=0.2, limit="<= 0.15", message="LGA is apart"),
    )
    all_of_them = (
        result(
            "p/sources/flights", "336,776 rows", gate("freshness", "fail", severity="warn", message="2 d old")
        ),
        result("p/models/late/dataset", "327,346 rows"),
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


def test_the_summary_has_what_a_person_asks_for() -> None:
    text = summary("p", "specs/p.yaml", "local", _results())
    for line in (
        "p (specs/p.yaml) in local, last built 2026-01-02 03:05 UTC",
        "sources/flights  336,776 rows  freshness: 2 d old",
        "registered    version 3",
        "pass            roc_auc    0.689   0.684 to 0.695  >= 0.66  65,214",
        "n/a             champion                                            there is no champion yet",
        "FAIL (warning)  by origin  0.200                   <= 0.15          LGA is apart",
        "1,000 rows asked over HTTP: largest difference 1.2e-07, allowed 1e-05",
        "rollout       version 3 serves",
        "mlcycle serve api",
        "mlcycle plan specs/p.yaml",
        "make dev",
    ):
        assert line in text, text


def test_a_project_that_never_ran_says_how_to_start() -> None:
    assert "mlcycle run specs/p.yaml" in summary("p", "specs/p.yaml", "local", {})


def test_a_model_without_a_version_says_so() -> None:
    results = _results()
    del results["p/models/late/registration"]
    assert "registered    no version yet" in summary("p", "specs/p.yaml", "local", results)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0.0, "0.000"), (0.68949, "0.689"), (1.2e-7, "1.2e-07"), (12345.6, "12,345.600")],
)
def test_figures_have_as_many_digits_as_help(value: float | None, text: str) -> None:
    assert number(value) == text
