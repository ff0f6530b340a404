"""The code of an adapter that decides what comes out counts to the nodes that speak to its port."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mlcycle.engine.runner import Runner
from mlcycle.engine.selection import Options
from mlcycle.graph.node import Graph
from tests.support.running import planned, run
from tests.support.small import small_graph, small_runner

WORK = """
from mlcycle.task import Outcome

def read(task):
    task.ports.{port}
    return Outcome()
"""


def runner(root: Path, port: str) -> Runner:
    (root / "joined.py").write_text(WORK.format(port=port))
    whole = small_graph()
    node = replace(whole["small/models/sum/report"], work="joined:read")
    graph: Graph = replace(whole, nodes=(*whole.nodes[:-1], node))
    made = small_runner(root, graph)
    return replace(made, settings=replace(made.settings, port_code={"feature_store": "store:Store"}))


@pytest.mark.parametrize(
    ("port", "expected"), [("feature_store", ["this step's code changed (store)"]), ("tracker", "reuse")]
)
def test_a_changed_adapter(root: Path, port: str, expected: object) -> None:
    (root / "store.py").write_text("class Store: ...\n")
    run(runner(root, port))
    (root / "store.py").write_text("class Store:\n    fixed = True\n")

    assert planned(runner(root, port).plan(Options()))["report"] == expected
