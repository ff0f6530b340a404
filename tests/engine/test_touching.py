"""Work that dies after it began to change shared state is not taken for done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mlcycle.engine.selection import Options
from mlcycle.engine.touching import noticed
from mlcycle.graph.node import Graph
from mlcycle.ports import Ports
from mlcycle.task import Outcome, Task, WorkError
from tests.support.running import planned, run, statuses
from tests.support.small import small_graph, small_runner


def promotes(task: Task) -> Outcome:
    """Make the configured package the champion, then fail if asked to."""
    task.ports.rollouts.set_champion("small.other", task.node.config["package"])  # type: ignore[attr-defined]
    if task.node.config["fails"]:
        raise WorkError("MLC810", "after the champion was set")
    return Outcome()


def graph(package: str, *, fails: bool = False) -> Graph:
    whole = small_graph()
    node = replace(
        whole["small/models/sum/report"],
        name="small/services/s/rollout",
        work=f"{__name__}:promotes",
        config={"package": package, "fails": fails},
    )
    return replace(whole, nodes=(*whole.nodes[:-1], node))


def test_after_a_cut_off_change_the_old_result_does_not_hold(root: Path) -> None:
    run(small_runner(root, graph("one")))
    assert statuses(run(small_runner(root, graph("two", fails=True))))["rollout"] == "failed"

    back = small_runner(root, graph("one"))

    assert planned(back.plan(Options()))["rollout"] == ["its last run was cut off half-way"]
    assert run(back).ok
    assert '"one"' in (root / "champions.json").read_text()
    assert back.plan(Options()).unchanged


def test_the_notice_comes_once_and_only_on_use() -> None:
    notices: list[str] = []
    port = type("Port", (), {"ask": lambda self: 1, "tell": lambda self: 2})()
    ports = noticed(
        Ports(feature_store=port, tracker=port, registry=port, builder=port, rollouts=port),
        lambda: notices.append("used"),
    )
    assert notices == []

    ports.registry.ask()  # type: ignore[attr-defined]
    ports.tracker.tell()  # type: ignore[attr-defined]

    assert notices == ["used"]


@pytest.mark.parametrize("name", ["feature_store", "tracker", "registry", "builder", "rollouts"])
def test_every_port_is_watched(name: str) -> None:
    port = type("Port", (), {"ask": lambda self: 1})()
    notices: list[str] = []
    ports = noticed(
        Ports(feature_store=port, tracker=port, registry=port, builder=port, rollouts=port),
        lambda: notices.append("used"),
    )

    getattr(ports, name).ask()

    assert notices == ["used"]
