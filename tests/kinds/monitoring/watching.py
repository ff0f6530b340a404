"""A monitor over a log that the package itself wrote, day by day, from its own test side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from mlcycle.control.monitors import KeptChunks
from mlcycle.control.predictions import PredictionLogs
from mlcycle.graph.node import Node, Step
from mlcycle.kinds.monitoring.monitor import watch
from mlcycle.ports import Monitor
from mlcycle.serving.records import FEEDBACK, PREDICTIONS
from mlcycle.steps.package import load
from mlcycle.task import CheckResult, Outcome, Task
from mlcycle.verdicts import ChunkResult
from tests.support.datasets import package_config
from tests.support.lifecycle import Trained
from tests.support.prediction_log import feedback, records, write

START = datetime(2014, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)
ROWS = 120
SERVICE = "flight_delays.delays_api"
MONITOR = "flight_delays/delays"

Change = Callable[[pl.DataFrame], pl.DataFrame]


def signal(number: int, kind: str, **config: Any) -> Step:
    return Step(
        name=f"signal.{number}.{kind}",
        kind=kind,
        work=f"mlcycle.kinds.signals.{kind}.work:measure",
        config={"min_rows": 60, "severity": "warn", **config},
    )


SIGNALS = (
    signal(0, "data_drift", method="jensen_shannon"),
    signal(1, "prediction_drift", method="jensen_shannon"),
    signal(2, "estimated_performance", metric="roc_auc"),
    signal(3, "realized_performance", metric="roc_auc", min=0.5, needs_labels=True),
    signal(4, "system", p99_seconds=0.05, error_rate=0.01),
)


class Watching:
    """The log, the store and the node of one monitor in a folder of its own."""

    def __init__(self, flights: Trained, folder: Path, monitor: Monitor) -> None:
        self.folder, self.flights = folder, flights
        self.package = load(flights.package.path / "package", flights.package.data_version)
        sides = pl.read_parquet(flights.split.path / "split.parquet").filter(pl.col("side") == "test")
        dataset = pl.read_parquet(flights.run.dataset.path / "dataset.parquet")
        self.test = dataset.join(sides, on="row_id", how="semi").sort("row_id")
        self.log = folder / "logs" / SERVICE
        self.chunks = KeptChunks(
            state=f"sqlite:///{folder}/state.db", environment="local", folder=folder / "references"
        )
        self.ports = replace(
            flights.run.ports,
            predictions=PredictionLogs(home=folder / "logs"),
            chunks=self.chunks,
            monitor=monitor,
        )
        self.runs = 0

    def day(self, number: int, change: Change = lambda rows: rows, *, label: Change | None = None) -> None:
        """A day of predictions on rows of the test side, each with a label 26 hours later."""
        times = [START + number * DAY + timedelta(minutes=11 * index) for index in range(ROWS)]
        rows = change(self.test.sample(ROWS, seed=number)).with_columns(
            pl.Series("predict_at", times).dt.cast_time_unit("us"),
            row_id=pl.int_range(number * ROWS, (number + 1) * ROWS, dtype=pl.Int64),
        )
        write(self.log, PREDICTIONS, records(self.package, rows, package_config()), number=number + 1)
        told = rows if label is None else label(rows)
        sent = [
            feedback(time + timedelta(hours=26), f"r{row}", bool(value))
            for time, row, value in zip(times, told["row_id"], told["label"], strict=True)
        ]
        write(self.log, FEEDBACK, sent, number=number + 1)

    def run(self, day: int, steps: tuple[Step, ...] = SIGNALS) -> Outcome:
        """The node at the midnight that begins `day`."""
        self.runs += 1
        until = START + day * DAY
        found = self.ports.predictions.closed(SERVICE, until)
        fact = None if found is None else f"{until.isoformat()} {found[0]} {found[1]}"
        return watch(self._task(steps, until, fact))

    @property
    def out(self) -> Path:
        """What the last run wrote."""
        return self.folder / f"out-{self.runs}"

    def measured(self) -> tuple[ChunkResult, ...]:
        return self.chunks.closed(MONITOR)

    def _task(self, steps: tuple[Step, ...], until: datetime, fact: str | None) -> Task:
        self.out.mkdir()
        node = Node(
            name="flight_delays/monitors/delays",
            kind="monitor",
            work="mlcycle.kinds.monitoring.monitor:watch",
            config={
                "service": "delays_api",
                "model": "late",
                "every_seconds": 86_400,
                "min_rows": 60,
                "wait_seconds": 3 * 86_400,
                "redacted": [],
            },
            steps=steps,
        )
        return Task(
            node=node,
            inputs={
                "package": self.flights.package,
                "dataset": self.flights.run.dataset,
                "split": self.flights.split,
            },
            root=self.folder,
            out=self.out,
            now=until,
            ports=self.ports,
            observed={"predictions:delays_api": fact},
        )


def by_name(outcome: Outcome) -> dict[str, CheckResult]:
    """`data_drift` -> its check."""
    return {check.name.split(".")[-1]: check for check in outcome.checks}
