"""The age of a source's rows as Dagster has it: a check with its evidence, and a policy by the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from mlcycle.dagster.freshness import FRESH_UNTIL, LAST_UPDATED, PARAMS, policy
from mlcycle.dagster.naming import asset_key
from mlcycle.dagster.shown import materialization
from mlcycle.graph.node import Node
from mlcycle.language.workspace import LOCAL
from mlcycle.projects import definitions
from tests.support.parts import SOURCE, Shop, at, share_code
from tests.support.read import SPEC

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    share_code(monkeypatch)
    shop = Shop(tmp_path)
    shop.create()
    shop.order(1, "2020-01-02 10:00")
    limits = "freshness: {warn_after: 36h, error_after: 3d}"
    shop.declare(key=f"partitions: {{every: day, start: 2020-01-01, end: 2020-01-05}}, {limits}")
    return shop


def test_the_check_has_the_evidence_of_dagsters_own(shop: Shop) -> None:
    shop.now = at("2020-01-04T00:00")
    _, source = shop.bring()
    assert source.result is not None
    shown = materialization(source, source.result, shop.root)
    newest = at("2020-01-02T10:00")
    assert (shown.metadata or {})[LAST_UPDATED].value == newest.timestamp()
    (check,) = [one for one in shown.check_results or () if one.check_name == "freshness"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.metadata[FRESH_UNTIL].value == (newest + timedelta(hours=36)).timestamp()
    assert check.metadata[LAST_UPDATED].value == newest.timestamp()
    assert check.metadata[PARAMS].value == {"warn_after_seconds": 129600, "error_after_seconds": 259200}
    assert check.metadata["figure"].value == 38 * 3600
    (contract,) = [one for one in shown.check_results or () if one.check_name == "contract"]
    assert LAST_UPDATED not in contract.metadata


def test_where_the_clock_is_now_dagster_tells_of_a_source_that_nothing_looks_at(shop: Shop) -> None:
    for now, there in (("newest_row", False), ("clock", True)):
        defs = definitions(shop.root, (SPEC,), replace(LOCAL, now=now))
        (spec,) = [one for one in defs.resolve_all_asset_specs() if one.key == asset_key(SOURCE)]
        assert (spec.freshness_policy is not None) == there
    assert spec.freshness_policy == dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=3), warn_window=timedelta(hours=36)
    )


@pytest.mark.parametrize("limits", [{}, {"warn_after_seconds": 60}])
def test_without_an_error_there_is_no_policy(limits: dict[str, int]) -> None:
    node = Node(name="p/sources/s", kind="source.csv", work="", config={"freshness": limits})
    assert policy(node) is None
