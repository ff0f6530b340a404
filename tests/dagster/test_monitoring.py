"""Monitors are measured by a schedule of Dagster: as often as their shortest chunk needs."""

from __future__ import annotations

import dagster as dg
import pytest

from mlcycle.dagster.monitoring import SCHEDULE, monitor_schedule
from mlcycle.graph.node import Graph, Node

pytestmark = pytest.mark.slow


def graph(*every: int) -> Graph:
    nodes = tuple(
        Node(
            name=f"shop/monitors/m{number}",
            kind="monitor",
            work="a:b",
            config={"every_seconds": seconds},
            inputs={"labels": "shop/sources/s"},
        )
        for number, seconds in enumerate(every)
    )
    source = Node(name="shop/sources/s", kind="source.csv", work="a:b")
    return Graph(project="shop", spec_file="specs/shop.yaml", spec_digest="0", nodes=(source, *nodes))


@pytest.mark.parametrize(
    ("every", "cron"), [((86_400,), "10 0 * * *"), ((604_800, 3_600), "10 * * * *")], ids=["days", "hours"]
)
def test_every_monitor_is_measured_as_often_as_the_shortest_chunk_needs(
    every: tuple[int, ...], cron: str
) -> None:
    schedule = monitor_schedule([graph(*every)])
    assert schedule is not None
    assert (schedule.name, schedule.cron_schedule) == (SCHEDULE, cron)
    with dg.DagsterInstance.ephemeral() as instance:
        (request,) = schedule.evaluate_tick(dg.build_schedule_context(instance=instance)).run_requests or ()
    assert request.asset_selection == [
        dg.AssetKey(["shop", "sources", "s"]),
        *(dg.AssetKey(["shop", "monitors", f"m{number}"]) for number in range(len(every))),
    ]


def test_without_monitors_there_is_no_schedule() -> None:
    assert monitor_schedule([graph()]) is None
