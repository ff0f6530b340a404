"""Declaring and loading the feature store over small tables, with Feast itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest

from mlcycle.adapters.feast.feature_store import FeastFeatureStore
from mlcycle.graph.node import Node
from mlcycle.kinds.features.online import compare, known_at
from mlcycle.kinds.features.store import apply, materialize, view_of
from mlcycle.ports import Ports
from mlcycle.task import Input, Outcome, Task, WorkError
from tests.kinds.features.support import run, step, view

pytestmark = pytest.mark.slow

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TTL = 3 * HOUR


@dataclass(frozen=True, slots=True)
class Shop:
    """A project of one folder whose views are made from rows of (shop, hour, price)."""

    folder: Path

    @property
    def store(self) -> FeastFeatureStore:
        return FeastFeatureStore(self.folder / "feast")

    def view(
        self,
        name: str,
        rows: Sequence[tuple[str, float, float | None]],
        version: str = "1",
        column: str = "price",
    ) -> Input:
        source = pl.DataFrame(
            [(shop, NOON + hour * HOUR, price) for shop, hour, price in rows],
            schema={"shop": pl.String, "at": pl.Datetime("us", "UTC"), column: pl.Float64},
            orient="row",
        )
        node = view(
            name,
            [step("columns", "columns", columns=[column], available_after_seconds=0)],
            {column: "float64"},
            {"shop": "string"},
            timestamp="at",
            ttl_seconds=int(TTL.total_seconds()),
            entity="shop",
        )
        folder = self.folder / f"{name}-{version}"
        run(node, source, folder)
        return Input(node=node.name, path=folder / "out", data_version=version)

    def apply(self, **views: Input) -> Outcome:
        documentation = {"views": {"prices": "What was asked for."}, "owner": "sales"}
        node = Node(name="shop/feature_store", kind="feature_store", work="", documentation=documentation)
        return apply(self.task(node, views))

    def load(self, given: Input, now: datetime) -> Outcome:
        return materialize(
            self.task(Node(name="shop/online/v", kind="online_features", work=""), {"table": given}, now)
        )

    def task(self, node: Node, inputs: dict[str, Input], now: datetime = NOON) -> Task:
        none = cast(Any, None)
        out = self.folder / f"out-{len(list(self.folder.glob('out-*')))}"
        out.mkdir()
        ports = Ports(feature_store=self.store, tracker=none, registry=none, builder=none, rollouts=none)
        return Task(node=node, inputs=inputs, root=self.folder, out=out, now=now, ports=ports)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


PRICES = (("a", 0, 1.5), ("a", 1, None), ("b", -9, 2.5), ("c", 5, 3.5))


def test_loading_compares_every_key_online_with_the_table(shop: Shop) -> None:
    """a is there, b is too old, c is not known yet."""
    prices = shop.view("prices", PRICES)
    shop.apply(prices=prices)
    outcome = shop.load(prices, NOON)
    (check,) = outcome.checks
    assert (check.name, check.verdict, check.figure, check.rows) == ("online_equals_offline", "pass", 0.0, 3)
    assert outcome.figures["keys"] == 3
    table = pl.read_parquet(prices.path / "table.parquet")
    known = known_at(table, ["shop"], ["price"], NOON, int(TTL.total_seconds()))
    assert known.rows() == [("a", 1.5), ("b", None), ("c", None)]


def test_values_that_differ_fail_and_are_shown(shop: Shop) -> None:
    prices = shop.view("prices", PRICES)
    shop.apply(prices=prices)
    shop.load(prices, NOON)
    table = pl.read_parquet(prices.path / "table.parquet")
    check = compare(shop.store, "shop", view_of(prices), table, NOON + 5 * HOUR)
    assert (check.verdict, check.blocks, check.figure) == ("fail", True, 1.0)
    assert check.table is not None
    assert check.table.columns == ("shop", "feature", "offline", "online")
    assert check.table.rows == (("c", "price", 3.5, None),)
    for secret, row in (
        ("shop", ("(not shown)", "price", 3.5, None)),
        ("price", ("c", "price", *["(not shown)"] * 2)),
    ):
        hidden = compare(shop.store, "shop", view_of(prices), table, NOON + 5 * HOUR, [secret])
        assert hidden.table is not None
        assert hidden.table.rows == (row,)


def test_a_view_without_keys_proves_nothing(shop: Shop) -> None:
    empty = shop.view("prices", ())
    shop.apply(prices=empty)
    (check,) = shop.load(empty, NOON).checks
    assert (check.verdict, check.blocks) == ("inconclusive", True)


def test_loading_again_later_is_as_of_then(shop: Shop) -> None:
    prices = shop.view("prices", PRICES)
    shop.apply(prices=prices)
    for now in (NOON, NOON + HOUR, NOON + 5 * HOUR, NOON - HOUR):
        assert shop.load(prices, now).checks[0].verdict == "pass"


def test_new_data_replaces_what_was_loaded(shop: Shop) -> None:
    before = shop.view("prices", PRICES)
    shop.apply(prices=before)
    shop.load(before, NOON)
    after = shop.view("prices", [("a", 0, 9.0), ("d", 0, 8.0)], version="2")
    with pytest.raises(WorkError) as refused:
        shop.load(after, NOON)
    assert refused.value.code == "MLC831"
    shop.apply(prices=after)
    assert shop.load(after, NOON).checks[0].verdict == "pass"
    keys = pl.DataFrame({"shop": ["a", "b", "c", "d"]})
    name = view_of(after).name
    online = shop.store.online("shop", {name: ["price"]}, keys, NOON)
    assert online.get_column(f"{name}__price").to_list() == [9.0, None, None, 8.0]


def test_views_of_earlier_schemas_stay_readable(shop: Shop) -> None:
    old = shop.view("prices", PRICES)
    shop.apply(prices=old)
    shop.load(old, NOON)
    new = shop.view("costs", PRICES, column="cost")
    outcome = shop.apply(costs=new)
    assert outcome.figures == {"views": 1, "earlier_views": 1, "on_demand_views": 0}
    name = view_of(old).name
    online = shop.store.online("shop", {name: ["price"]}, pl.DataFrame({"shop": ["a"]}), NOON)
    assert online.get_column(f"{name}__price").to_list() == [1.5]
    assert shop.apply(prices=old, costs=new).figures == {"views": 2, "earlier_views": 0, "on_demand_views": 0}


def test_the_data_version_speaks_of_declarations_alone(shop: Shop) -> None:
    first = shop.apply(prices=shop.view("prices", PRICES))
    second = shop.apply(prices=shop.view("prices", PRICES[:1], version="2"))
    third = shop.apply(costs=shop.view("costs", PRICES, column="cost"))
    assert first.data_version == second.data_version != third.data_version


def test_the_repository_is_kept_with_the_result(shop: Shop) -> None:
    shop.apply(prices=shop.view("prices", PRICES))
    folder = shop.folder / "out-0" / "repository"
    assert sorted(path.name for path in folder.iterdir()) == ["feature_store.yaml", "features.py"]
    text = (folder / "features.py").read_text()
    assert 'description="What was asked for."' in text
    assert 'owner="sales"' in text
    assert str(shop.folder) not in text + (folder / "feature_store.yaml").read_text()


def test_online_json_records_what_was_loaded(shop: Shop) -> None:
    prices = shop.view("prices", PRICES)
    shop.apply(prices=prices)
    shop.load(prices, NOON)
    assert json.loads((shop.folder / "out-1" / "online.json").read_text()) == {
        "view": "prices__00000000",
        "as_of": "2024-03-10T12:00:00+00:00",
        "keys": 3,
        "table": "1",
    }
