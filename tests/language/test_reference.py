"""The reference pages: current, complete, with links that lead somewhere and examples that are valid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlcycle.checks.run import check
from mlcycle.language.base import SpecModel
from mlcycle.language.kinds import SLOTS, Kinds, find_kinds
from mlcycle.language.load import load_bytes
from mlcycle.language.reference import pages
from tests.support.graphs import EXAMPLE

pytestmark = pytest.mark.xdist_group("reference")

EVERY = [(slot, name) for slot in SLOTS for name in find_kinds(outside=()).names(slot)]
LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]*))?\)")


@pytest.fixture(scope="module")
def kinds() -> Kinds:
    return find_kinds(outside=())


@pytest.fixture(scope="module")
def made(repository: Path, kinds: Kinds) -> dict[str, str]:
    return pages(kinds, repository / "docs" / "reference" / "examples")


def test_the_pages_are_current(made: dict[str, str], repository: Path) -> None:
    """`python -m mlcycle.language.reference docs/reference` writes them."""
    folder = repository / "docs" / "reference"
    assert {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.md")} == made


def test_every_example_is_of_a_kind(repository: Path) -> None:
    names = {path.stem for path in (repository / "docs" / "reference" / "examples").glob("*.yaml")}
    assert names == {f"{slot}.{name}" for slot, name in EVERY}


@pytest.mark.parametrize(("slot", "name"), EVERY, ids=[f"{slot}.{name}" for slot, name in EVERY])
def test_the_example_checks_and_uses_the_kind(slot: str, name: str, repository: Path, kinds: Kinds) -> None:
    path = repository / "docs" / "reference" / "examples" / f"{slot}.{name}.yaml"
    loaded = load_bytes(path.read_bytes(), "specs/example.yaml", kinds)
    graph, findings = check(loaded, kinds, EXAMPLE)
    assert findings == ()
    assert graph is not None
    assert any(type(one) is kinds.spec_class(slot, name) for one in _used(loaded.project))


def _used(value: object) -> Iterator[SpecModel]:
    if isinstance(value, SpecModel):
        yield value
    inner = value.__dict__.values() if isinstance(value, SpecModel) else ()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else inner
    for one in inner:
        yield from _used(one)


def test_every_key_is_explained(made: dict[str, str]) -> None:
    rows = [row for text in made.values() for row in text.splitlines() if row.startswith("| `")]
    assert len(rows) > 200
    assert [row for row in rows if row.count("|") < 4 or row.endswith("|  |")] == []


def test_links_lead_somewhere(made: dict[str, str]) -> None:
    for page, text in made.items():
        headings = {
            heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        }
        for file, anchor in LINK.findall(text):
            target = re.sub(r"[^/]+/\.\./", "", (Path(page).parent / file).as_posix())
            assert not file or target in made, (page, file)
            assert not anchor or anchor in headings, (page, anchor)


def test_no_two_sections_of_a_page_have_one_title(made: dict[str, str]) -> None:
    for page, text in made.items():
        headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
        assert len(headings) == len(set(headings)), page
