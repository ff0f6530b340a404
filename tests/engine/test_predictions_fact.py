"""A node that observes predictions runs when chunks of them have closed, and else stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlcycle.engine.runner import Runner
from mlcycle.graph.node import Graph, Node
from mlcycle.ports import Ports
from tests.support.running import planned, run, statuses
from tests.support.small import HERE, small_graph, small_runner


class CountedLog:
    """How many requests there are before a time."""

    def __init__(self) -> None:
        self.requests: list[datetime] = []

    def closed(self, service: str, until: datetime) -> tuple[int, int] | None:
        assert service == "small.api"
        return (sum(at < until for at in self.requests), 0) if self.requests else None


def watching(root: Path, log: CountedLog, now: str) -> Runner:
    graph = small_graph()
    node = Node(
        name="small/monitors/m",
        kind="monitor",
        work=f"{HERE}:report",
        config={"every_seconds": 86_400},
        inputs={"total": "small/models/sum/total"},
        observes=("predictions:api",),
    )
    made = small_runner(root, Graph(**{**_fields(graph), "nodes": (*graph.nodes, node)}), now=now)
    port: Any = log
    return replace(made, ports=Ports(**{**_fields(made.ports), "predictions": port}))


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 1, number, hour, tzinfo=UTC)


def test_only_a_chunk_that_closes_runs_it_again(root: Path) -> None:
    log = CountedLog()
    assert statuses(run(watching(root, log, "2026-01-05T12:00:00Z")))["m"] == "built"
    assert statuses(run(watching(root, log, "2026-01-09T12:00:00Z")))["m"] == "reused", "still no log"

    log.requests = [day(5, 1), day(5, 13)]
    assert statuses(run(watching(root, log, "2026-01-05T20:00:00Z")))["m"] == "reused", "nothing has closed"
    (reason,) = planned(watching(root, log, "2026-01-06T00:00:00Z").plan(_everything()))["m"]
    assert reason == "predictions of api: 2 requests and 0 labels until 2026-01-06 00:00, before none"
    assert statuses(run(watching(root, log, "2026-01-06T00:00:00Z")))["m"] == "built"

    log.requests.append(day(6, 3))
    assert statuses(run(watching(root, log, "2026-01-06T23:59:00Z")))["m"] == "reused", "its chunk is open"
    assert statuses(run(watching(root, log, "2026-01-07T00:00:00Z")))["m"] == "built"


def _everything() -> Any:
    from tests.support.running import EVERYTHING

    return EVERYTHING
