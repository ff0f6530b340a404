"""`mlcycle data`: the recorded tables of a source, the models that learned from them, and what changed."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlcycle.cli.main import status_of
from mlcycle.control.snapshots import history
from mlcycle.graph.node import Node
from mlcycle.store.artifacts import Artifacts
from mlcycle.store.database import connect
from mlcycle.store.result import IdentityParts, Result
from mlcycle.store.results import Results
from tests.support.read import Reading

pytestmark = pytest.mark.slow


@pytest.fixture
def reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reading:
    """`orders` at two versions, and back at the first."""
    reading = Reading(tmp_path)
    first, second = "id,amount,name\n1,5,Ann\n2,6,Bea\n", "id,amount,name\n2,7,Bea\n3,8,Cem\n4,,Dan\n"
    columns = "id: {unique: true}, amount: {nullable: true}, name: {pii: true}"
    reading.spec("kind: csv, path: orders.csv", columns=columns)
    for text in (first, second):
        (tmp_path / "orders.csv").write_text(text)
        reading.run()
    monkeypatch.chdir(tmp_path)
    return reading


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = status_of(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_history_and_diff(reading: Reading, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "data", "history", "shop.orders")
    newest, oldest = (re.split(r"  +", line) for line in out.splitlines())
    assert (status, newest[1], oldest[1], newest[3]) == (0, "3 rows", "2 rows", "no model")
    shown = json.loads(run(capsys, "data", "history", "shop.orders", "--json")[1])
    assert [each["version"][:12] for each in shown] == [newest[0], oldest[0]]

    status, out, _ = run(capsys, "data", "diff", oldest[0], "shop.orders")
    assert status == 0
    assert f"shop/sources/orders {oldest[0]} -> shop/sources/orders {newest[0]}" in out
    assert "rows     2 -> 3: 2 added, 1 removed, 1 changed (told apart by id)" in out
    assert "columns  the same" in out
    assert re.search(r"amount +0.0% -> 33.3% +5.5 -> 7.5 +1.000 \(Kolmogorov-Smirnov\)", out)
    assert "Bea" not in out
    status, out, _ = run(capsys, "data", "diff", f"shop.orders@{oldest[0]}", oldest[0], "--json")
    assert json.loads(out)["rows"] == {
        "before": 2,
        "after": 2,
        "added": 0,
        "removed": 0,
        "changed": 0,
        "by": ["id"],
    }
    assert "every column is distributed as before" in run(capsys, "data", "diff", oldest[0], oldest[0])[1]


def test_what_is_not_there(reading: Reading, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "data", "history", "shop.order")
    assert status == 1
    assert "MLC844" in err
    assert "did you mean `shop.orders`?" in err
    assert "MLC845" in run(capsys, "data", "diff", "0123456789", "shop.orders")[2]
    newest = run(capsys, "data", "history", "shop.orders")[1][:12]
    shutil.rmtree(reading.root / ".mlcycle/artifacts")
    assert "its files are gone" in run(capsys, "data", "history", "shop.orders")[1]
    assert "MLC841" in run(capsys, "data", "diff", newest, newest)[2]


def test_the_models_that_learned_from_a_version(reading: Reading) -> None:
    graph = reading.graph()
    inputs = {"rows": "shop/sources/orders"}
    training = Node(name="shop/models/late/training", kind="training", work="a:b", inputs=inputs)
    graph = replace(graph, nodes=(*graph.nodes, training))
    engine = connect(f"sqlite:///{reading.root}/.mlcycle/state.db")
    results = Results(engine=engine, environment="local")
    artifacts = Artifacts(root=reading.root / ".mlcycle/artifacts")
    old = history(results, artifacts, graph, "orders")[1]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(2):
        parts = IdentityParts(work="a:b", inputs={"rows": old.version})
        results.add(
            Result(
                node=training.name,
                identity=str(number),
                parts=parts,
                data_version=str(number),
                path="none",
                files=(),
                started=at,
                ended=at,
            )
        )
    found = history(results, artifacts, graph, "orders")
    engine.dispose()
    assert [dict(each.models) for each in found] == [{}, {"late": 2}]
    assert [each.rows for each in found] == [3, 2]
