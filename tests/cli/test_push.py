"""`mlcycle push`: fresh values of a view, from a file into the online store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mlcycle import composition
from mlcycle.cli.main import status_of
from mlcycle.engine.run_node import run_node
from mlcycle.engine.selection import Options, chosen
from mlcycle.language.workspace import LOCAL
from mlcycle.projects import compile_specs
from mlcycle.store.audit import Entry
from tests.support.read import known_code

pytestmark = pytest.mark.slow

SPEC = """\
mlcycle: 1
sources:
  sales:
    kind: csv
    path: data/sales.csv
    timestamp: at
    columns: {shop: {}, at: {}, price: {available_after: 1h}, label: {}}
entities: {shop: shop}
feature_views:
  prices:
    source: sales
    entity: shop
    features:
      last: {kind: lag, column: price, rows: 1}
      mean: {kind: aggregation, function: mean, column: price, window: all}
  own: {source: sales, columns: [label]}
"""
SALES = "shop,at,price,label\na,2024-03-10T10:00:00Z,1.5,x\nb,2024-03-10T11:00:00Z,2.5,y\n"
NOW = datetime(2024, 3, 10, 15, tzinfo=UTC)
PLACE = replace(LOCAL, now=NOW.isoformat())
GOOD = {"shop": "a", "event_timestamp": "2024-03-10T14:00:00+01:00", "last": 7.0, "mean": None}

Push = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose only view by an entity is loaded."""
    root = tmp_path_factory.mktemp("shop")
    for folder, name, text in (("data", "sales.csv", SALES), ("specs", "shop.yaml", SPEC)):
        (root / folder).mkdir()
        (root / folder / name).write_text(text)
    (root / "mlcycle.yaml").write_text(
        f"mlcycle: 1\nspecs: [specs/*.yaml]\nenvironments: {{local: {{now: '{NOW.isoformat()}'}}}}\n"
    )
    load(root)
    return root


def load(root: Path) -> Any:
    """Load the view again; returns the check of it."""
    (graph,) = compile_specs(root, ("specs/shop.yaml",))
    runner = composition.runner(graph, PLACE, root)
    forced = frozenset({"shop/online/prices"})
    with runner.opened("a test") as session, known_code(root) as code:
        for name in chosen(graph, Options(until=("online/prices",))):
            ran = run_node(replace(session, code=code, forced=forced), graph[name])
    assert ran.result is not None
    (check,) = ran.result.checks
    return check


@pytest.fixture
def push(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Push:
    """`push(row or text, ..., view=)`: the exit status, and what was said."""
    monkeypatch.chdir(built)

    def run(*rows: Any, view: str = "shop.prices") -> tuple[int, str, str]:
        file = tmp_path / "rows.jsonl"
        file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
        capsys.readouterr()
        status = status_of(["push", view, str(file)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def online(root: Path, shop: str) -> tuple[Any, ...]:
    store = composition.ports(PLACE, root).feature_store
    (view,) = store.declared("shop")
    found = store.online("shop", {view.name: ["last", "mean"]}, pl.DataFrame({"shop": [shop]}), NOW)
    return found.drop("shop").row(0)


def entries(root: Path) -> tuple[Entry, ...]:
    return tuple(composition.rollouts(PLACE, root).audit.entries())


def test_rows_are_written_recorded_and_kept_by_the_next_loading(built: Path, push: Push) -> None:
    older = {**GOOD, "shop": "b", "event_timestamp": "2024-03-10T11:30:00", "last": 9.0}
    before = len(entries(built))
    status, out, _ = push(GOOD, "", older)
    assert (status, out.strip()) == (
        0,
        "1 row written to shop.prices in local; 1 older than what was there left out",
    )
    assert (online(built, "a"), online(built, "b")) == ((7.0, None), (2.5, 2.5))
    *_, entry = entries(built)
    assert len(entries(built)) == before + 1
    assert (entry.subject, entry.event["event"], entry.event["rows"]) == ("view:shop/prices", "push", 2)
    assert "7.0" not in json.dumps(entry.event)

    assert load(built).verdict == "pass"
    assert (online(built, "a"), online(built, "b")) == ((7.0, None), (2.5, 2.5))
    assert status_of(["audit", "verify", "--offline"]) == 0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**GOOD, "last": "7.0"}, "`last`: Input should be a valid number"),
        (
            {**GOOD, "event_timestamp": "yesterday"},
            "`event_timestamp`: a time like 2013-11-28T15:00:00Z is needed",
        ),
        ({**GOOD, "event_timestamp": "2999-01-01T00:00:00Z"}, "`event_timestamp` has not come yet"),
        ({**GOOD, "price": 1.0}, "`price`: Extra inputs are not permitted"),
        ({name: value for name, value in GOOD.items() if name != "mean"}, "`mean`: Field required"),
        ({**GOOD, "shop": None}, "`shop`: Input should be a valid string"),
        ("{not json", "Invalid JSON"),
    ],
)
def test_one_wrong_row_and_nothing_is_written(row: Any, said: str, built: Path, push: Push) -> None:
    there, trail = online(built, "c"), entries(built)
    status, _, err = push({**GOOD, "shop": "c"}, row)
    assert (status, "error[MLC756]: line 2 is no row of the view: " in err) == (1, True), err
    assert said in err
    assert (online(built, "c"), entries(built)) == (there, trail)


def test_a_view_that_is_not_looked_up_is_none(push: Push) -> None:
    for view in ("shop.own", "shop.price"):
        status, _, err = push(GOOD, view=view)
        assert (status, "error[MLC755]" in err) == (1, True), err
    assert "did you mean `shop.prices`?" in err


def test_a_view_that_changed_is_not_there_yet(built: Path, push: Push) -> None:
    spec = built / "specs" / "shop.yaml"
    try:
        spec.write_text(SPEC.replace("      last:", "      newest:"))
        status, _, err = push({**{n: v for n, v in GOOD.items() if n != "last"}, "newest": 1.0})
    finally:
        spec.write_text(SPEC)
    assert (status, "error[MLC757]" in err) == (1, True), err
