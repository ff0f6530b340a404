from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.engine.events import Begun, Event, Finished, Progress, Started
from mlcycle.engine.selection import Options
from mlcycle.store.lock import Locked, project_lock
from tests.support.running import contents, planned, run, statuses, versions
from tests.support.small import SPEC, FileRollouts, small_graph, small_runner

NEVER = ["never built"]
REUSED = dict.fromkeys(["a", "b", "total", "evaluation", "report"], "reused")


def test_the_first_run_builds_everything_and_the_second_nothing(root: Path) -> None:
    runner = small_runner(root)
    assert planned(runner.plan(Options())) == dict.fromkeys(REUSED, NEVER)

    first, second = run(runner), run(runner)

    assert first.ok
    assert statuses(first) == dict.fromkeys(REUSED, "built")
    assert second.ok
    assert second.unchanged
    assert statuses(second) == REUSED
    assert runner.plan(Options()).unchanged


def test_a_plan_says_which_nodes_run_only_if_something_comes_out_different(root: Path) -> None:
    runner = small_runner(root)
    run(runner)
    (root / "data/a.txt").write_text("1 2 4")

    assert planned(runner.plan(Options())) == {
        "a": [f"data changed: data/a.txt ({SPEC}:3:3)"],
        "b": "reuse",
        "total": ("a",),
        "evaluation": ("total",),
        "report": ("total",),
    }


def test_what_comes_out_as_before_leaves_what_follows_alone(root: Path) -> None:
    runner = small_runner(root)
    run(runner)
    (root / "data/a.txt").write_text("1 1 1 3")

    report = run(runner)

    assert statuses(report) == REUSED | {"a": "built", "total": "built"}
    assert {ran.node.name for ran in report.nodes if ran.same_content} == {"small/models/sum/total"}


def test_work_may_compare_with_the_last_result_and_nothing_runs_for_it(root: Path) -> None:
    runner = small_runner(root)
    total = "small/models/sum/total"
    first = {ran.node.name: ran.result for ran in run(runner).nodes}[total]
    (root / "data/a.txt").write_text("1 2 4")
    second = {ran.node.name: ran.result for ran in run(runner).nodes}[total]
    assert first is not None
    assert second is not None
    assert "before" not in first.figures
    assert second.figures["before"] == first.figures["total"]
    assert runner.plan(Options()).unchanged


def test_what_comes_out_different_goes_on_to_the_end(root: Path) -> None:
    runner = small_runner(root)
    run(runner)
    (root / "data/a.txt").write_text("7 8 9")

    assert statuses(run(runner)) == dict.fromkeys(REUSED, "built") | {"b": "reused"}


def test_a_changed_limit_judges_again_and_computes_nothing(root: Path) -> None:
    run(small_runner(root))
    changed = small_runner(root, small_graph(minimum=20))

    assert planned(changed.plan(Options()))["evaluation"] == [f"gates[0].min changed: 10 -> 20 ({SPEC}:12:3)"]
    assert statuses(run(changed)) == REUSED | {"evaluation": "built"}


def test_a_changed_description_changes_nothing(root: Path) -> None:
    run(small_runner(root))

    assert small_runner(root, small_graph(column="said otherwise")).plan(Options()).unchanged


def test_a_failed_check_stops_what_follows_with_its_figure_limit_and_line(root: Path) -> None:
    runner = small_runner(root, small_graph(minimum=1000))

    for report in (run(runner), run(runner)):
        assert statuses(report)["report"] == "blocked"
        assert report.gate_failed
        assert not report.ok
        (found,) = report.nodes[-1].diagnostics
        assert found.code == "MLC873"
        assert str(found.span) == f"{SPEC}:12:3"
        assert found.message == (
            "`small/models/sum/report` does not run: gates[0] of `small/models/sum/evaluation` failed: "
            "42 (41 to 43), limit min 1000, 3 rows"
        )


def test_running_only_what_follows_does_not_pass_a_failed_gate_by(root: Path) -> None:
    runner = small_runner(root, small_graph(minimum=1000))
    run(runner)

    report = run(runner, Options(select=("report",), force=True))

    assert statuses(report) == {"report": "blocked"}
    assert not (root / ".mlcycle/artifacts/small/models/sum/report").exists()


def test_a_check_that_fails_at_the_very_start_stops_everything_below(root: Path) -> None:
    (root / "data/a.txt").write_text("1 -2")

    report = run(small_runner(root))

    assert statuses(report) == {
        "a": "built",
        "b": "built",
        "total": "blocked",
        "evaluation": "blocked",
        "report": "blocked",
    }
    contract = report.nodes[0].result.checks[0]  # type: ignore[union-attr]
    assert contract.table is not None
    assert contract.table.rows == ((-2,),)


def test_a_check_that_nobody_reports_is_no_pass(root: Path) -> None:
    graph = small_graph()
    total = graph["small/models/sum/total"]
    declared = replace(total, checks=graph["small/sources/a"].checks)
    nodes = tuple(declared if node is total else node for node in graph.nodes)

    report = run(small_runner(root, replace(graph, nodes=nodes)))

    assert statuses(report) == {
        "a": "built",
        "b": "built",
        "total": "built",
        "evaluation": "blocked",
        "report": "blocked",
    }
    assert "contract of `small/models/sum/total` is inconclusive" in report.nodes[-1].diagnostics[0].message


def test_what_the_author_can_mend_names_the_line_of_its_step(root: Path) -> None:
    (root / "data/a.txt").write_text("1 x")

    report = run(small_runner(root))

    (found,) = report.nodes[0].diagnostics
    assert (found.code, str(found.span), found.message) == ("MLC810", f"{SPEC}:4:3", "a row is not a number")
    assert found.help == "one whole number a line"
    assert report.nodes[0].traceback is None
    assert statuses(report) == {
        "a": "failed",
        "b": "built",
        "total": "skipped",
        "evaluation": "skipped",
        "report": "skipped",
    }


def test_a_fault_of_ours_keeps_its_traceback_and_names_the_node(root: Path) -> None:
    report = run(small_runner(root, small_graph(report_work="breaks")))

    trace = report.nodes[-1].traceback
    assert trace is not None
    assert 'raise RuntimeError("something no author can mend")' in trace
    assert f"while running `small/models/sum/report`, written at {SPEC}:15:3" in trace
    assert run(small_runner(root)).ok


def test_a_file_that_is_not_there_is_an_error_with_its_line(root: Path) -> None:
    (root / "data/b.txt").unlink()

    with pytest.raises(Refused, match=r"MLC811 specs/small\.yaml:3:3: the file `data/b\.txt` is not there"):
        small_runner(root).plan(Options())


def test_a_file_that_a_step_reads_is_missed_at_that_step(root: Path) -> None:
    graph = small_graph()
    source = graph["small/sources/b"]
    reads = replace(source, steps=(replace(source.steps[0], config={"path": "data/b.txt"}),))
    nodes = tuple(reads if node is source else node for node in graph.nodes)
    (root / "data/b.txt").unlink()
    with pytest.raises(Refused, match=r"MLC811 specs/small\.yaml:4:\d+: the file `data/b\.txt` is not there"):
        small_runner(root, replace(graph, nodes=nodes)).plan(Options())


def test_a_lost_artefact_is_made_again(root: Path) -> None:
    runner = small_runner(root)
    run(runner)
    before = versions(runner)
    lost = root / ".mlcycle/artifacts" / runner.results()[2].path / "total.json"
    lost.unlink()

    report = run(runner)

    assert statuses(report) == REUSED | {"total": "built"}
    assert "artefact missing" in str(report.nodes[2].reasons[0])
    assert versions(runner) == before


def test_force_builds_what_has_not_changed_and_nothing_comes_out_different(root: Path) -> None:
    runner = small_runner(root)
    run(runner)
    before = contents(root, runner)

    report = run(runner, Options(force=True))

    assert statuses(report) == dict.fromkeys(REUSED, "built")
    assert all(ran.same_content for ran in report.nodes)
    assert contents(root, runner) == before


def test_select_and_until_choose_nodes(root: Path) -> None:
    runner = small_runner(root)

    assert statuses(run(runner, Options(until=("sum/total",)))) == {
        "a": "built",
        "b": "built",
        "total": "built",
    }
    assert statuses(run(runner, Options(select=("evaluation+",)))) == {
        "evaluation": "built",
        "report": "built",
    }
    assert statuses(run(runner, Options(select=("sources/*",)))) == {"a": "reused", "b": "reused"}
    assert statuses(run(runner, Options(select=("a+",), force=True)))["report"] == "built"


def test_a_selected_node_whose_input_was_never_built_is_refused(root: Path) -> None:
    report = run(small_runner(root), Options(select=("total",)))

    assert statuses(report) == {"total": "failed"}
    assert [d.code for d in report.nodes[0].diagnostics] == ["MLC874", "MLC874"]
    assert report.nodes[0].diagnostics[0].help is not None


def test_a_word_that_names_no_step_gets_a_suggestion(root: Path) -> None:
    with pytest.raises(Refused) as refused:
        small_runner(root).plan(Options(select=("evaluatoin",)))

    (found,) = refused.value.diagnostics
    assert found.help == "did you mean `evaluation`?"


def test_becoming_the_champion_changes_nothing(root: Path) -> None:
    runner = small_runner(root)
    run(runner)
    registry = FileRollouts(root / "champions.json")
    total = runner.results()[2]

    registry.set_champion("small.sum", total.data_version)
    assert runner.plan(Options()).unchanged

    registry.set_champion("small.sum", "f" * 64)
    assert planned(runner.plan(Options()))["evaluation"] == [
        "the champion of small.sum is another: none -> ffffffffffff"
    ]


def test_own_package_is_never_told_to_the_work_as_champion(root: Path) -> None:
    runner = small_runner(root)
    run(runner)
    FileRollouts(root / "champions.json").set_champion("small.sum", runner.results()[2].data_version)

    run(runner, Options(force=True))

    evidence = root / ".mlcycle/artifacts" / runner.results()[3].path / "evidence.json"
    assert json.loads(evidence.read_text())["observed"] == {"champion:small.sum": None}


def test_local_now_is_the_newest_row_of_all_sources(root: Path) -> None:
    runner = small_runner(root, small_graph(clock=True))
    run(runner)

    text = (root / ".mlcycle/artifacts" / runner.results()[-1].path / "report.md").read_text()
    assert text == "The total is 42 at 2013-01-03T00:00:00+00:00.\n"
    assert runner.plan(Options()).unchanged


def test_with_a_clock_what_reads_now_is_built_again(root: Path) -> None:
    runner = small_runner(
        root, small_graph(clock=True), now="clock", clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)
    )
    run(runner)
    later = small_runner(
        root, small_graph(clock=True), now="clock", clock=lambda: datetime(2026, 1, 2, tzinfo=UTC)
    )

    assert planned(later.plan(Options()))["report"] == [
        "time passed: 2026-01-01T00:00:00+00:00 -> 2026-01-02T00:00:00+00:00"
    ]
    assert statuses(run(later)) == REUSED | {"report": "built"}


def test_another_run_of_the_project_is_refused(root: Path) -> None:
    runner = small_runner(root)
    now = datetime(2026, 1, 1, tzinfo=UTC)

    with project_lock(root / ".mlcycle/locks", "small", command="x", now=now), pytest.raises(Locked):
        run(runner)
    assert run(runner).ok


def test_events_tell_the_run_in_order(root: Path) -> None:
    heard: list[Event] = []
    run(small_runner(root), listen=heard.append)

    assert isinstance(heard[0], Begun)
    assert len(heard[0].todo) == 5
    total = [
        event
        for event in heard[1:]
        if getattr(event, "node", None) == small_graph()["small/models/sum/total"]
    ]
    assert [type(event) for event in total] == [Started, Progress]
    assert [e.ran.key_figure for e in heard if isinstance(e, Finished)][:3] == [
        "3 rows",
        "3 rows",
        "total 42",
    ]
