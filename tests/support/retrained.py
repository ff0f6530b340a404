"""A small project whose model is trained again: real work on a text file, real results, chunks by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mlcycle.control.retrain import Retrainer, Ticker
from mlcycle.engine.events import silent
from mlcycle.engine.report import RunReport
from mlcycle.engine.selection import Options
from mlcycle.graph.node import Graph, Node
from mlcycle.graph.retraining import Retraining, Trigger
from mlcycle.store.database import connect
from mlcycle.store.faults import Fault, no_fault
from mlcycle.store.lock import project_lock
from mlcycle.store.results import Results
from mlcycle.store.retrains import Retrains
from mlcycle.task import CheckResult, Outcome, Task
from tests.support.small import execute_here, small_graph, small_project, small_runner

HERE = "tests.support.retrained"
START = datetime(2013, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def register(task: Task) -> Outcome:
    """A version that is the total."""
    total = json.loads((task.inputs["training"].path / "total.json").read_text())
    (task.out / "registration.json").write_text("{}")
    return Outcome(record={"version": str(total)}, key_figure=f"version {total}")


def measure(task: Task) -> Outcome:
    """How many labels a monitor was given, beside the total that it watches."""
    total = json.loads((task.inputs["training"].path / "total.json").read_text())
    rows = task.inputs["labels"].figures["rows"]
    (task.out / "measured.json").write_text(json.dumps([total, rows]))
    return Outcome(key_figure=f"{rows} labels")


def monitor() -> Node:
    """A monitor of the model: it rests on the training, and on a source for its labels."""
    return Node(
        name="small/monitors/sums",
        kind="monitor",
        work=f"{HERE}:measure",
        inputs={"training": "small/models/sum/training", "labels": "small/sources/a"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A day of predictions."""

    start: datetime
    checks: tuple[CheckResult, ...]
    settled: bool = True
    rows: int = 900

    @property
    def end(self) -> datetime:
        return self.start + DAY


def day(number: int, *checks: CheckResult, settled: bool = True) -> Chunk:
    return Chunk(start=START + number * DAY, checks=checks, settled=settled)


def performance(figure: float | None, limit: float = 0.62) -> CheckResult:
    verdict = "inconclusive" if figure is None else "pass" if figure >= limit else "fail"
    return CheckResult(
        name="realized_performance.roc_auc", verdict=verdict, figure=figure, limit=f">= {limit}"
    )


PERFORMANCE = Trigger(
    name="performance-1",
    kind="performance",
    work="mlcycle.kinds.triggers.performance.work:observe",
    config={"signal": "realized_performance", "margin": 0.02},
    needed=2,
    monitor="small/monitors/sums",
    sentence="when realized performance is beyond its limit in 2 chunks of `sums`",
)
VOLUME = Trigger(
    name="data_volume-1",
    kind="data_volume",
    work="mlcycle.kinds.triggers.data_volume.work:observe",
    config={"source": "a", "min_rows": 2},
    mends=False,
    source="small/sources/a",
    sentence="when `a` has 2 new rows",
)
WEEKLY = Trigger(
    name="schedule-1",
    kind="schedule",
    work="mlcycle.kinds.triggers.schedule.work:observe",
    config={"cron": "0 3 * * 1"},
    mends=False,
    sentence="at `0 3 * * 1` (UTC)",
)


def graph(*triggers: Trigger, minimum: int = 10, factor: int = 2) -> Graph:
    """Source `a`, its sum as the training of the model `sum`, a gate, a registration."""
    made = small_graph(minimum=minimum, factor=factor)
    total, gate = made["small/models/sum/total"], made["small/models/sum/evaluation"]
    training = replace(total, name="small/models/sum/training", inputs={"a": "small/sources/a"})
    registration = Node(
        name="small/models/sum/registration",
        kind="registration",
        work=f"{HERE}:register",
        inputs={"training": training.name, "evaluation": gate.name},
    )
    nodes = (
        made["small/sources/a"],
        training,
        replace(gate, inputs={"total": training.name}, observes=()),
        registration,
    )
    declared = Retraining(
        name="when_needed", model="sum", triggers=triggers, cooldown_seconds=86_400, max_per_week=3
    )
    return replace(made, nodes=nodes, retrainings=(declared,))


@dataclass
class Lived:
    """The project in a folder; `days` are the chunks that its monitor has closed. Time is the test's own."""

    root: Path
    graph: Graph
    days: Sequence[Chunk] = ()
    now: datetime = START
    busy: str | None = None
    fault: Fault = no_fault
    ran: list[Options] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not (self.root / "data").exists():
            small_project(self.root)

    def train(self) -> None:
        self._run(Options())

    def more(self, *rows: int) -> None:
        """New rows of the source."""
        with (self.root / "data/a.txt").open("a") as stream:
            stream.writelines(f"{row}\n" for row in rows)

    def _run(self, options: Options) -> RunReport:
        self.ran.append(options)
        return small_runner(self.root, self.graph).run(
            options, command="a test", execute=execute_here, listen=silent
        )

    @contextmanager
    def ticker(self) -> Iterator[Ticker]:
        engine = connect(f"sqlite:///{self.root}/.mlcycle/state.db")

        def chunks(monitor: str, after: datetime | None) -> Sequence[Chunk]:
            return [one for one in self.days if after is None or one.start > after]

        def lock() -> object:
            return project_lock(
                self.root / ".mlcycle/locks", "small.retraining", command="a test", now=self.now
            )

        busy: Callable[[str], str | None] = lambda model: self.busy  # noqa: E731
        try:
            yield Ticker(
                retrainer=Retrainer(
                    graph=self.graph,
                    retrains=Retrains(engine=engine, environment="local", fault=self.fault),
                    results=Results(engine=engine, environment="local"),
                    chunks=chunks,
                    busy=busy,
                    now=lambda: self.now,
                    actor="ana",
                ),
                run=self._run,
                lock=lock,  # type: ignore[arg-type]
                owner="a test",
                fault=self.fault,
            )
        finally:
            engine.dispose()
