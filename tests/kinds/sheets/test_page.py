"""The page of a data sheet in a browser: nothing is fetched, and nothing is wider than the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcycle.emit.card import CardTable, CardText
from mlcycle.emit.sheet import Section, SheetView, sheet_page
from mlcycle.kinds.sheets.measure import Bin
from mlcycle.kinds.sheets.shown import chart
from tests.support.page import CHROMIUM, browser

pytestmark = pytest.mark.slow

LONG = "x" * 300


def _page() -> str:
    section = Section(
        title="Composition",
        anchor="composition",
        about="What is in it.",
        answers=(CardText(title="What?", text=f'<img src="https://evil.example/{LONG}">'),),
        unsaid=(LONG,),
        charts=(
            chart("Rows", [Bin(label=LONG, rows=3), Bin(label="</svg><script>throw 1</script>", rows=1)]),
        ),
        tables=(CardTable(title=LONG, columns=tuple("abcdefghijklmnop"), rows=((LONG,) * 16,)),),
    )
    return sheet_page(
        SheetView(title=LONG, subtitle="", description=LONG, facts=(("rows", LONG),), sections=(section,))
    )


def test_it_fits_the_screen_and_asks_nobody(tmp_path: Path) -> None:
    assert Path(CHROMIUM).exists(), "the UI test needs Chromium: apt-get install chromium"
    page = tmp_path / "data_sheet.html"
    page.write_text(_page())
    seen: list[str] = []
    with browser(420, 900) as shown:
        shown.on("request", lambda request: seen.append(request.url))
        shown.on("console", lambda message: seen.append(message.text))
        shown.on("pageerror", lambda error: seen.append(str(error)))
        shown.goto(page.as_uri())
        width = shown.evaluate("document.documentElement.scrollWidth")
        bars = shown.locator("svg rect").count()
        papers = []
        for scheme in ("light", "dark"):
            shown.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            papers.append(shown.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert seen == [page.as_uri()]
    assert (width, bars) == (420, 2)
    assert papers == ["rgb(255, 255, 255)", "rgb(20, 24, 31)"]
