"""Dagster's page in Chromium: the lineage of the example, and a gate's evidence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlcycle.projects import compile_specs
from tests.e2e.conftest import SPEC, Example
from tests.support.page import CHROMIUM, browser, webserver

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("example")]

#: Milliseconds for a page to show something on a busy machine.
PATIENCE = 120_000

#: Every asset has the green border of one that is materialized and holds.
ALL_GREEN = """count => [...document.querySelectorAll("svg foreignObject")].filter(asset =>
    [...asset.querySelectorAll("div")].some(div => {
        const [red, green] = getComputedStyle(div).borderTopColor.match(/[0-9]+/g).map(Number);
        return green > red + 60;
    })).length === count"""


@pytest.fixture(scope="module")
def address(built: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert Path(CHROMIUM).exists(), "the UI test needs Chromium: apt-get install chromium"
    with webserver(built.root, tmp_path_factory.mktemp("page") / "log") as url:
        yield url


def test_the_lineage_of_the_project_is_drawn(
    address: str, built: Example, tmp_path: Path, repository: Path, request: pytest.FixtureRequest
) -> None:
    (graph,) = compile_specs(built.root, (SPEC,))
    picture = tmp_path / "lineage.png"
    with browser(1300, 1800) as page:  # narrow, so that Dagster zooms out to all of it
        page.goto(f"{address}/locations/mlcycle/asset-groups/flight_delays/lineage")
        canvas = page.locator("svg foreignObject")
        canvas.nth(len(graph.nodes) - 1).wait_for(timeout=PATIENCE)
        page.get_by_text("Hide navigation").click()
        page.wait_for_function(ALL_GREEN, arg=len(graph.nodes), timeout=PATIENCE)
        shown = sorted(text or "" for text in canvas.all_text_contents())
        page.screenshot(path=str(picture))

    assert shown == sorted(node.name.rsplit("/", 1)[1] for node in graph.nodes)
    assert picture.stat().st_size > 20_000
    if request.config.getoption("--golden"):
        shutil.copy(picture, repository / "docs/images/lineage.png")


def test_a_gate_shows_its_figure_interval_limit_and_line(address: str, built: Example) -> None:
    result = next(r for r in built.runner().results() if r.node.endswith("late/evaluation"))
    gate = next(check for check in result.checks if check.name == "gate.0.metric")
    lines = (built.root / SPEC).read_text().splitlines()
    (line,) = [number for number, text in enumerate(lines, 1) if "{kind: metric, metric: roc_auc," in text]
    with browser() as page:
        page.goto(f"{address}/assets/flight_delays/models/late/evaluation?view=checks")
        page.get_by_text("This is a blocking asset check").wait_for(timeout=PATIENCE)
        page.get_by_text(f"{SPEC}:{line}:").first.wait_for(timeout=PATIENCE)
        text = " ".join(page.inner_text("body").split())  # a table's cells as one line

    assert f"limit {gate.limit}" in text
    assert f"{gate.low:.6g} to {gate.high:.6g}" in text
    assert f"{SPEC}:{line}:" in text


def test_an_asset_shows_its_columns_owner_and_line(address: str) -> None:
    with browser() as page:
        page.goto(f"{address}/assets/flight_delays/sources/weather")
        page.get_by_text("Row count").wait_for(timeout=PATIENCE)
        page.get_by_text("wind_speed").first.wait_for(timeout=PATIENCE)
        page.get_by_text("specs/flight_delays.yaml:").first.wait_for(timeout=PATIENCE)
        text = page.inner_text("body")

    assert "26,115" in text
    assert "operations@example.com" in text
