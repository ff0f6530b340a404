"""A small graph with real work on real files: two tables, a sum of each, a gate on it, a report."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mlcycle.diagnostics.span import Span
from mlcycle.engine.observe import required
from mlcycle.engine.report import Ran
from mlcycle.engine.run_node import run_node
from mlcycle.engine.runner import Runner
from mlcycle.engine.session import Session, Settings
from mlcycle.graph.column import Column, ColumnRef
from mlcycle.graph.node import Check, Graph, Node, Step
from mlcycle.ports import Ports
from mlcycle.rollout.state import Release
from mlcycle.task import CheckResult, Outcome, Table, Task, WorkError

HERE = "tests.support.small"
SPEC = "specs/small.yaml"


def span(line: int) -> Span:
    return Span(SPEC, line, 3, line, 20)


def read_rows(task: Task) -> Outcome:
    """Keep the positive numbers of a text file, one a line."""
    text = (task.root / task.node.config["path"]).read_text().split()
    rows = [int(word) for word in text if word.lstrip("-").isdigit()]
    if len(rows) != len(text):
        raise WorkError("MLC810", "a row is not a number", step="read", help="one whole number a line")
    kept = rows[: max(1, round(len(rows) * task.sample))]
    (task.out / "rows.json").write_text(json.dumps(kept))
    negative = [row for row in kept if row < 0]
    table = Table(title="negative rows", columns=("row",), rows=tuple((row,) for row in negative))
    check = CheckResult(
        name="contract",
        verdict="fail" if negative else "pass",
        message="numbers are not negative",
        figure=float(len(negative)),
        limit="max 0",
        rows=len(kept),
        table=table if negative else None,
    )
    figures = {"rows": len(kept), "newest": task.node.config["newest"]}
    return Outcome(figures=figures, key_figure=f"{len(kept)} rows", checks=(check,))


def add_up(task: Task) -> Outcome:
    """The sum over all inputs times a factor."""
    numbers = [
        n
        for role in sorted(task.inputs)
        for n in json.loads((task.inputs[role].path / "rows.json").read_text())
    ]
    task.progress("adding", 0.5)
    total = sum(numbers) * task.node.config["factor"]
    (task.out / "total.json").write_text(json.dumps(total))
    before = {} if task.last is None else {"before": task.last.figures["total"]}
    return Outcome(
        figures={"total": total, **before},
        key_figure=f"total {total}",
        record={"stamp": "kept, not hashed"},
    )


def judge(task: Task) -> Outcome:
    """Compare the total with each gate's limit."""
    total = json.loads((task.inputs["total"].path / "total.json").read_text())
    checks = tuple(
        CheckResult(
            name=step.name,
            verdict="pass" if total >= step.config["min"] else "fail",
            message="the total is large enough",
            figure=float(total),
            low=total - 1.0,
            high=total + 1.0,
            limit=f"min {step.config['min']}",
            rows=3,
        )
        for step in task.steps()
    )
    (task.out / "evidence.json").write_text(json.dumps({"total": total, "observed": dict(task.observed)}))
    return Outcome(key_figure=f"total {total}", checks=checks, plots=(_plot(task.out),))


def _plot(folder: Path) -> str:
    pixel = (
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
        "050001a5f645400000000049454e44ae426082"
    )
    (folder / "plot.png").write_bytes(bytes.fromhex(pixel))
    return "plot.png"


def report(task: Task) -> Outcome:
    """A text about the total; it reads the environment's now."""
    total = json.loads((task.inputs["total"].path / "total.json").read_text())
    (task.out / "report.md").write_text(f"The total is {total} at {task.now.isoformat()}.\n")
    return Outcome(key_figure="written")


def breaks(task: Task) -> Outcome:
    """A fault of ours."""
    raise RuntimeError("something no author can mend")


def small_graph(
    *,
    factor: int = 2,
    minimum: int = 10,
    column: str = "a number",
    report_work: str = "report",
    clock: bool = False,
) -> Graph:
    """Sources `a` and `b`, `sum` of both, `gate` on it, `report` after the gate."""
    p = "small"
    contract = Check(name="contract", description="numbers are not negative", span=span(5))
    number = Column(name="row", dtype="int64", nullable=False, description=column, lineage=frozenset())

    def source(name: str, newest: str) -> Node:
        return Node(
            name=f"{p}/sources/{name}",
            kind="text",
            work=f"{HERE}:read_rows",
            config={"path": f"data/{name}.txt", "newest": newest},
            steps=(Step(name="read", kind="text", work=f"{HERE}:read_rows", span=span(4)),),
            observes=(f"file:data/{name}.txt",),
            checks=(contract,),
            columns=(replace(number, lineage=frozenset({ColumnRef(name, "row")})),),
            documentation={"description": f"Numbers of {name}.", "owner": {"email": "numbers@example.com"}},
            span=span(3),
        )

    gate = Step(
        name="gate.0.metric", kind="metric", work=f"{HERE}:judge", config={"min": minimum}, span=span(12)
    )
    nodes = (
        source("a", "2013-01-02T00:00:00+00:00"),
        source("b", "2013-01-03T00:00:00+00:00"),
        Node(
            name=f"{p}/models/sum/total",
            kind="sum",
            work=f"{HERE}:add_up",
            config={"factor": factor},
            inputs={"a": f"{p}/sources/a", "b": f"{p}/sources/b"},
            span=span(9),
        ),
        Node(
            name=f"{p}/models/sum/evaluation",
            kind="evaluation",
            work=f"{HERE}:judge",
            steps=(gate,),
            inputs={"total": f"{p}/models/sum/total"},
            observes=("champion:small.sum",),
            checks=(Check(name="gate.0.metric", description="large enough", span=span(12)),),
            span=span(11),
        ),
        Node(
            name=f"{p}/models/sum/report",
            kind="report",
            work=f"{HERE}:{report_work}",
            inputs={"total": f"{p}/models/sum/total"},
            after=(f"{p}/models/sum/evaluation",),
            observes=("now",) if clock else (),
            span=span(15),
        ),
    )
    return Graph(project=p, spec_file=SPEC, spec_digest="0" * 64, nodes=nodes)


class FileRollouts:
    """Champions in a JSON file, so that child processes share them."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def champion(self, model: str) -> Release | None:
        found = json.loads(self.file.read_text()) if self.file.exists() else {}
        if model not in found:
            return None
        values = dict.fromkeys(("version", "evidence", "bento", "path", "folder"), "")
        return Release(model=model, package=found[model], **values)

    def set_champion(self, model: str, digest: str) -> None:
        self.file.write_text(json.dumps({model: digest}))


class Ticking:
    """A clock that goes on by a second at each look."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.time = start

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


def small_project(root: Path) -> None:
    """Write the data and the spec's text that the graph speaks of."""
    (root / "data").mkdir(parents=True, exist_ok=True)
    (root / "specs").mkdir(exist_ok=True)
    (root / "data/a.txt").write_text("1\n2\n3\n")
    (root / "data/b.txt").write_text("4\n5\n6\n")
    (root / SPEC).write_text("# the graph is written by hand\n")


def small_runner(
    root: Path, graph: Graph | None = None, *, now: str = "newest_row", **options: Any
) -> Runner:
    port: Any = FileRollouts(root / "champions.json")
    return Runner(
        graph=graph or small_graph(),
        settings=Settings(
            environment="local",
            state=f"sqlite:///{root}/.mlcycle/state.db",
            artifacts=root / ".mlcycle/artifacts",
            root=root,
            now=now,
        ),
        ports=Ports(feature_store=port, tracker=port, registry=port, builder=port, rollouts=port),
        **{"clock": Ticking(), **options},
    )


def execute_here(session: Session, names: tuple[str, ...]) -> str:
    """Run nodes one after the other without Dagster; what is below a failed one is left out."""
    stopped: set[str] = set()
    for node in session.graph.nodes:
        if node.name not in names or stopped & set(required(session.graph, node)):
            stopped |= {node.name} & set(names)
            continue
        try:
            ran: Ran = run_node(session, node)
        except Exception:
            stopped.add(node.name)
        else:
            stopped |= {node.name} if ran.result and ran.result.blocking else set()
    return ""


def kill_at(point: str) -> Callable[[str], None]:
    """A fault hook that ends the process as `kill -9` does."""

    def fault(reached: str) -> None:
        if reached == point:
            os.kill(os.getpid(), 9)
            time.sleep(60)

    return fault
