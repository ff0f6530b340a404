"""What was loaded into one online store is not in another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mlcycle.engine.runner import Runner
from mlcycle.engine.selection import Options
from tests.support.running import planned, run
from tests.support.small import small_graph, small_runner


def runner(root: Path, place: str) -> Runner:
    whole = small_graph()
    nodes = [replace(n, observes=("online_store",)) if n.name.endswith("report") else n for n in whole.nodes]
    made = small_runner(root, replace(whole, nodes=tuple(nodes)))
    return replace(made, settings=replace(made.settings, online_store=lambda: place))


def test_another_store_is_loaded_anew(root: Path) -> None:
    run(runner(root, "online.db"))
    assert planned(runner(root, "online.db").plan(Options()))["report"] == "reuse"
    found = planned(runner(root, "redis://cache:6379/0").plan(Options()))
    assert found["report"] == ["the online store is another: online.db -> redis://cache:6379/0"]
    assert [name for name, said in found.items() if said != "reuse"] == ["report"]
