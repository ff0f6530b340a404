"""The node of a monitor, from the log to its page, over real flights and NannyML."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from mlcycle.adapters.nannyml.monitor import NannyMonitor
from mlcycle.ports import Absent
from tests.kinds.monitoring.watching import DAY, ROWS, SIGNALS, START, Watching, by_name, signal
from tests.support.lifecycle import Trained
from tests.support.page import CHROMIUM, browser
from tests.support.prediction_log import prediction, write

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("nannyml")]


def drifted(rows: pl.DataFrame) -> pl.DataFrame:
    """A third of the distances are gone."""
    third, distance = pl.int_range(rows.height) % 3 == 0, pl.col("request.distance")
    return rows.with_columns(pl.when(third).then(None).otherwise(distance).alias("request.distance"))


def flipped(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(label=1 - pl.col("label"))


@pytest.fixture(scope="module")
def month(flights: Trained, tmp_path_factory: pytest.TempPathFactory) -> Watching:
    """Three days as before, two with drift, two as before whose labels follow no more; measured twice."""
    made = Watching(flights, tmp_path_factory.mktemp("month"), NannyMonitor())
    for number in range(3):
        made.day(number)
    made.day(3, drifted)
    made.day(4, drifted)
    made.run(5)
    for number in (5, 6):
        made.day(number, label=flipped)
    made.run(7)
    return made


def test_each_closed_chunk_is_measured_and_drift_is_seen_where_it_is(month: Watching) -> None:
    chunks = month.measured()
    assert [chunk.start for chunk in chunks] == [START + number * DAY for number in range(7)]
    assert [chunk.rows for chunk in chunks] == [ROWS] * 7
    verdicts = [check.verdict for chunk in chunks if (check := chunk.check("data_drift.schedule.distance"))]
    assert verdicts == ["pass"] * 3 + ["fail"] * 2 + ["pass"] * 2
    first = chunks[3].check("data_drift.schedule.distance")
    assert first is not None
    assert "missing in 33" in first.message
    others = [
        c.verdict for chunk in chunks for c in chunk.checks if c.name.startswith(("data", "prediction"))
    ]
    assert others.count("fail") <= 3


def test_labels_settle_a_chunk_and_show_what_no_estimate_sees(month: Watching) -> None:
    outcome = month.run(9)
    chunks = month.measured()
    assert [chunk.settled for chunk in chunks] == [True] * 7
    assert [chunk.labelled for chunk in chunks] == [ROWS] * 7
    realized = [check for chunk in chunks if (check := chunk.check("realized_performance.roc_auc"))]
    assert [check.verdict for check in realized][-2:] == ["fail", "fail"]
    estimated = chunks[-1].check("estimated_performance.roc_auc")
    assert estimated is not None
    assert estimated.verdict == "pass"
    checks = by_name(outcome)
    assert checks["realized_performance"].verdict == "fail"
    assert checks["realized_performance"].severity == "warn"
    assert checks["estimated_performance"].verdict == "inconclusive"
    assert "not to be trusted" in checks["estimated_performance"].message
    assert checks["heartbeat"].verdict == "inconclusive"
    assert outcome.figures["wrong"]["realized_performance.roc_auc"] == (START + 5 * DAY).isoformat()
    assert not any(check.blocks for check in outcome.checks)


def test_what_was_measured_stays_when_a_signal_or_the_model_changes(month: Watching) -> None:
    before = month.measured()
    month.run(7, (signal(0, "data_drift", method="hellinger", max=0.001),))
    assert [c for c in month.measured() if c.settled] == [c for c in before if c.settled]


def test_the_same_log_gives_the_same_result(month: Watching) -> None:
    first, second = month.run(9), month.run(9)
    assert first.data_version == second.data_version
    assert json.loads((month.out / "monitor.json").read_text())["chunks"][0]["rows"] == ROWS


def test_the_page_says_what_is_wrong_and_since_when_without_a_network(
    month: Watching, tmp_path: Path, request: pytest.FixtureRequest, repository: Path
) -> None:
    month.run(9)
    page = month.out / "report.html"
    text = page.read_text()
    assert not re.findall(r"(?:src|href)=\"(?!data:)[^\"]*", text)
    assert "://" not in text
    assert Path(CHROMIUM).exists(), "the UI test needs Chromium: apt-get install chromium"
    asked: list[str] = []
    picture = tmp_path / "report.png"
    with browser(1100, 900) as shown:
        shown.on("request", lambda request: asked.append(request.url))
        shown.on("console", lambda message: asked.append(message.text))
        shown.goto(page.as_uri())
        said = shown.locator(".headline").inner_text()
        widths = shown.evaluate("[...document.images].map(image => image.naturalWidth)")
        rows = shown.locator("tbody").first.locator("tr").count()
        shown.screenshot(path=str(picture), full_page=True)
    assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
    assert "beyond the limit" in said
    assert "realized_performance.roc_auc" in said
    assert "since 2014-01-11, 2 chunks in a row" in said
    assert widths == [800] * 4
    assert rows == 7
    if request.config.getoption("--golden"):
        shutil.copy(picture, repository / "docs/images/monitor.png")


def test_without_predictions_it_says_so_and_measures_nothing(flights: Trained, tmp_path: Path) -> None:
    quiet = Watching(flights, tmp_path, Absent())  # type: ignore[arg-type]
    outcome = quiet.run(1)
    assert outcome.key_figure == "no predictions yet"
    assert {check.verdict for check in outcome.checks} == {"inconclusive"}
    assert "not been asked" in by_name(outcome)["heartbeat"].message
    assert quiet.chunks.reference(flights.package.data_version) is not None
    assert [file.name for file in quiet.out.iterdir()] == ["monitor.json"]


def test_few_rows_and_failing_requests_pass_nothing(flights: Trained, tmp_path: Path) -> None:
    made = Watching(flights, tmp_path, NannyMonitor())
    failed = [prediction(START + DAY / 200 * i, f"f{i}", status=500) for i in range(150)]
    write(made.log, "predictions", failed)
    outcome = made.run(1, SIGNALS)
    verdicts = {name: check.verdict for name, check in by_name(outcome).items()}
    assert verdicts == {
        "data_drift": "inconclusive",
        "prediction_drift": "inconclusive",
        "estimated_performance": "inconclusive",
        "realized_performance": "inconclusive",
        "system": "fail",
        "heartbeat": "inconclusive",
    }
    assert made.measured()[0].package == ""


def test_nothing_heavy_is_loaded_before_something_is_measured() -> None:
    program = (
        "import sys, mlcycle.kinds.monitoring.monitor as m;"
        "print([n for n in ('nannyml', 'matplotlib', 'pandas', 'sklearn') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
