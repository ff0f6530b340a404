"""Every kind has a page that is current and an example that checks without a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcycle.checks.run import check
from mlcycle.kinds.pages import pages
from mlcycle.language.kinds import SLOTS, find_kinds
from mlcycle.language.load import load_bytes
from tests.support.graphs import EXAMPLE

KINDS = find_kinds(outside=())
EVERY = [(slot, name) for slot in SLOTS for name in KINDS.names(slot)]


def test_every_page_is_current(repository: Path) -> None:
    """`python -m mlcycle.kinds.pages docs/kinds` writes them."""
    folder = repository / "docs" / "kinds"
    found = {path.name: path.read_text() for path in folder.glob("*.md")}
    assert found == pages(KINDS, folder / "examples")


def test_every_example_is_of_a_kind(repository: Path) -> None:
    names = {path.stem for path in (repository / "docs" / "kinds" / "examples").glob("*.yaml")}
    assert names == {f"{slot}.{name}" for slot, name in EVERY}


@pytest.mark.parametrize(("slot", "name"), EVERY, ids=[f"{slot}.{name}" for slot, name in EVERY])
def test_the_example_checks_and_uses_the_kind(slot: str, name: str, repository: Path) -> None:
    text = (repository / "docs" / "kinds" / "examples" / f"{slot}.{name}.yaml").read_text()
    loaded = load_bytes(text.encode(), "specs/example.yaml", KINDS)
    graph, findings = check(loaded, KINDS, EXAMPLE)
    assert findings == ()
    assert graph is not None
    short = f"{name}: " if name == "python" else name
    assert f"kind: {name}" in text or short in text


@pytest.mark.parametrize(("slot", "name"), EVERY, ids=[f"{slot}.{name}" for slot, name in EVERY])
def test_every_key_is_explained(slot: str, name: str, repository: Path) -> None:
    page = (repository / "docs" / "kinds" / f"{slot}.{name}.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert all(row.rstrip("| ").count("|") >= 3 and not row.endswith("|  |") for row in rows), rows
