"""What was loaded into one online store is not in another, and may be lost from its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlcycle.engine.runner import Runner
from mlcycle.engine.selection import Options
from tests.support.running import planned, run, statuses
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


LOADS = """
from mlcycle.task import Outcome

def load(task):
    return Outcome(record={"elsewhere": {"keys": 3}})
"""


def test_what_is_lost_is_loaded_anew_and_nothing_else(root: Path) -> None:
    """It is asked for by what the result left, and only where all else holds."""
    (root / "loading.py").write_text(LOADS)
    whole = small_graph()
    nodes = [replace(n, work="loading:load") if n.name.endswith("report") else n for n in whole.nodes]
    asked: list[tuple[str, Mapping[str, Any]]] = []
    gone: list[str] = []

    def lost(project: str, left: Mapping[str, Any]) -> str | None:
        asked.append((project, left))
        return gone[0] if gone else None

    made = small_runner(root, replace(whole, nodes=tuple(nodes)))
    made = replace(made, settings=replace(made.settings, lost=lost))
    run(made)
    assert asked == []
    assert set(planned(made.plan(Options())).values()) == {"reuse"}
    assert asked == [("small", {"keys": 3})]
    gone.append("it is gone")
    found = planned(made.plan(Options()))
    assert found.pop("report") == ["it is gone"]
    assert set(found.values()) == {"reuse"}
    assert [name for name, what in statuses(run(made)).items() if what == "built"] == ["report"]
    (root / "loading.py").write_text(f"{LOADS}\nmore = 1\n")
    asked.clear()
    assert planned(made.plan(Options()))["report"] == ["this step's code changed (loading)"]
    assert asked == []
