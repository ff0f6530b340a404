"""Every code has an entry, a page and, where checking can find it, a bad case; and the other way round."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlcycle.diagnostics.codes import all_codes, find
from mlcycle.diagnostics.pages import pages, write
from tests.diagnostics.bad_cases import SPECS, WORKSPACES

CODE = re.compile(r"MLC\d{3}")

#: Codes of a spec that no small file in tests/bad can show, and the test that does.
ELSEWHERE = {
    "MLC003": "tests/language/test_bombs.py",
    "MLC014": "tests/language/test_bombs.py",
    "MLC018": "tests/language/test_load.py",
    "MLC362": "tests/checks/test_parts.py",
    "MLC901": "tests/language/test_kinds.py",
    "MLC902": "tests/language/test_kinds.py",
    "MLC903": "tests/language/test_kinds.py",
    "MLC904": "tests/language/test_kinds.py",
}


def _raised(repository: Path) -> set[str]:
    """The codes that the source names in a string of its own."""
    named = re.compile(r"[\"'](MLC\d{3})[\"']")
    return {
        code for path in (repository / "mlcycle").rglob("*.py") for code in named.findall(path.read_text())
    }


def test_every_code_that_is_raised_has_an_entry_and_the_other_way_round(repository: Path) -> None:
    assert _raised(repository) == {entry.code for entry in all_codes()}


def test_every_page_is_current(repository: Path) -> None:
    folder = repository / "docs" / "errors"
    assert {path.name: path.read_text() for path in folder.glob("*.md")} == pages()


def test_every_code_of_a_spec_has_a_case_and_the_other_way_round() -> None:
    cases = {path.stem[:6] for path in (*SPECS, *WORKSPACES)}
    wanted = {entry.code for entry in all_codes() if not entry.running}
    assert cases == wanted - ELSEWHERE.keys()


@pytest.mark.parametrize(("code", "path"), ELSEWHERE.items())
def test_the_others_are_tested_where_it_says(code: str, path: str, repository: Path) -> None:
    assert code in (repository / path).read_text()


def test_every_message_shows_only_codes_that_exist() -> None:
    known = {entry.code for entry in all_codes()}
    shown = {
        code for path in (*SPECS, *WORKSPACES) for code in CODE.findall(path.with_suffix(".err").read_text())
    }
    assert shown - {"MLC117"} <= known


@pytest.mark.parametrize("entry", all_codes(), ids=lambda entry: entry.code)
def test_an_entry_is_complete(entry) -> None:
    assert (
        entry.title[0].islower()
        or not entry.title[0].isalpha()
        or entry.title[:2].isupper()
        or entry.title[:3] == "SQL"
    )
    assert not entry.title.endswith(".")
    assert entry.what.endswith(".")
    assert entry.why.endswith(".")
    assert entry.instead


def test_find() -> None:
    found = find("MLC103")
    assert found is not None
    assert "## Use instead" in found.text
    assert [find(code) for code in ("MLC000", "", "MLC", "../0", "MLCx00")] == [None] * 5


def test_writing_pages_changes_only_what_is_not_current(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "MLC999.md").write_text("a code that is gone")
    (tmp_path / "MLC101.md").write_text("an old text")
    assert sorted(write(tmp_path)) == ["MLC101.md", "MLC999.md"]
    assert write(tmp_path) == []
    assert not (tmp_path / "MLC999.md").exists()
