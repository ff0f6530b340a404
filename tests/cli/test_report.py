"""How a run ended: its status, its closing line, and the evidence of what stopped it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcycle.cli.exits import Exit
from mlcycle.cli.progress import line
from mlcycle.cli.report import failures, status, table_text, total
from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.engine.report import Ran, RunReport
from mlcycle.task import Table
from tests.cli.builders import gate, node, result

_ROWS = Table(
    title="rows that break it", columns=("origin", "row"), rows=tuple(("LAX", n) for n in range(12))
)
_FINDING = Diagnostic(
    code="MLC810", message="no such file", span=Span("specs/p.yaml", 2, 3, 2, 7), help="make it"
)


def _report(*nodes: Ran) -> RunReport:
    return RunReport(project="p", environment="local", nodes=nodes, seconds=12.3)


def _reused(name: str = "p/sources/s") -> Ran:
    return Ran(node=node(name), status="reused", result=result(name, "10 rows"))


def _stopped(name: str) -> Ran:
    stopping = gate("contract", "fail", message="12 rows have an unknown origin", table=_ROWS)
    return Ran(node=node(name), status="built", seconds=2, result=result(name, "10 rows", stopping))


def _failed(name: str = "p/sources/s") -> Ran:
    return Ran(node=node(name), status="failed", diagnostics=(_FINDING,))


def _fault(name: str = "p/models/m/training") -> Ran:
    return Ran(node=node(name), status="failed", traceback="Traceback ...\nKeyError: 'x'\n")


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ((_reused(),), Exit.OK),
        ((_reused(), _stopped("p/models/m/evaluation")), Exit.GATE),
        ((_stopped("p/sources/s"),), Exit.WRONG),
        ((_failed(),), Exit.WRONG),
        ((_failed(), _fault()), Exit.FAULT),
        ((_stopped("p/models/m/evaluation"), _failed()), Exit.WRONG),
    ],
)
def test_the_status_is_that_of_the_worst(nodes: tuple[Ran, ...], expected: Exit) -> None:
    assert status(_report(*nodes)) == expected


def test_a_run_without_work_says_so() -> None:
    assert (
        total(_report(_reused(), _reused("p/sources/t")))
        == "nothing changed: all 2 nodes stand as before (12 s)"
    )


def test_a_run_counts_what_became_of_its_nodes() -> None:
    nodes = (_reused(), _stopped("p/sources/s"), Ran(node=node("p/x"), status="blocked"))
    assert total(_report(*nodes)) == "3 nodes in 12 s: 1 built, 1 reused, 1 blocked"


def test_a_failure_shows_the_line_of_the_spec(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "p.yaml").write_text("sources:\n  planes: {}\n")
    (shown,) = failures(_report(_failed()), tmp_path)
    assert "specs/p.yaml:2:3" in shown
    assert "planes: {}" in shown
    assert "make it" in shown


def test_a_fault_of_ours_shows_its_traceback_and_node(tmp_path: Path) -> None:
    (shown,) = failures(_report(_fault()), tmp_path)
    assert "KeyError: 'x'" in shown
    assert "mlcycle is at fault here, at p/models/m/training" in shown


def test_a_check_that_stops_shows_its_rows(tmp_path: Path) -> None:
    (shown,) = failures(_report(_stopped("p/sources/s")), tmp_path)
    assert "contract failed: 12 rows have an unknown origin; what follows does not run" in shown
    assert " --> specs/p.yaml:2:3\n" in shown
    assert "rows that break it" in shown
    assert shown.count("LAX") == 10
    assert shown.endswith("... and 2 more rows")


def test_missing_cells_are_empty() -> None:
    table = Table(title="t", columns=("a", "b"), rows=((None, 1),))
    assert table_text(table) == "  t\n  a  b\n     1"


@pytest.mark.parametrize(
    ("ran", "text"),
    [
        (_reused(), " 3/18  reused   sources/s                                        10 rows"),
        (
            _stopped("p/sources/s"),
            " 3/18  built    sources/s                                 2.0 s  10 rows",
        ),
        (Ran(node=node("p/x"), status="blocked"), " 3/18  blocked  x"),
    ],
)
def test_a_node_ends_in_one_line(ran: Ran, text: str) -> None:
    assert line(ran, 3, 18) == text


def test_a_gate_that_stops_shows_its_interval_and_limit(tmp_path: Path) -> None:
    unsure = gate("gate.0", "inconclusive", message="AUC 0.675", low=0.655, high=0.694, limit="min 0.66")
    name = "p/models/m/evaluation"
    (shown,) = failures(
        _report(Ran(node=node(name), status="built", result=result(name, "", unsure))), tmp_path
    )
    assert shown == (
        "models/m/evaluation: gate.0 is inconclusive: AUC 0.675, interval 0.655 to 0.694, limit min 0.66; "
        "what follows does not run\n --> specs/p.yaml:2:3"
    )
