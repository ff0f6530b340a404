"""The code of README and docs runs: whole specs are checked, consoles are typed in, page by page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.project import sliced_project

REPOSITORY = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w+)(?: +([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"# exits with (\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a page: its language, what stands behind it, and its text."""

    page: Path
    language: str
    info: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    for match in _FENCE.finditer(page.read_text(encoding="utf-8")):
        yield Block(page=page, language=match[1], info=match[2] or "", text=match[3])


def _pages() -> list[Path]:
    return [
        REPOSITORY / "README.md",
        REPOSITORY / "CONTRIBUTING.md",
        *sorted((REPOSITORY / "docs").glob("*.md")),
    ]


def _whole_specs() -> list[tuple[Path, str]]:
    found = [block for page in _pages() for block in blocks(page) if block.language == "yaml"]
    return [(b.page, b.text) for b in found if "\nmlcycle: 1\n" in "\n" + b.text and "\nsources:" in b.text]


def _consoles() -> list[Path]:
    """Pages with something to type in, that for newcomers first."""
    found = [page for page in _pages() if any(block.language == "console" for block in blocks(page))]
    return sorted(found, key=lambda page: page.name != "getting-started.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command line of a console block, the status it is to end with, and lines it is to show."""

    line: str
    status: int
    shown: tuple[str, ...]


def typed(text: str) -> Iterator[Typed]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, *shown = part.rstrip("\n").split("\n")
        status = _EXIT.search(line)
        lines = tuple(text.strip() for text in shown if text.strip() not in ("", "..."))
        yield Typed(line=_EXIT.sub("", line).strip(), status=int(status[1]) if status else 0, shown=lines)


def _type(folder: Path, command: Typed) -> None:
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    done = subprocess.run(
        command.line,
        shell=True,
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    output = done.stdout
    assert done.returncode == command.status, f"$ {command.line}\n{output}"
    position = 0
    for line in command.shown:
        position = output.find(line, position)
        assert position >= 0, f"$ {command.line}\nshows no line `{line}` (in this order):\n{output}"


@pytest.mark.slow
@pytest.mark.parametrize(("page", "text"), _whole_specs(), ids=lambda value: getattr(value, "name", "spec"))
def test_a_whole_spec_of_a_page_has_no_mistake(
    tmp_path: Path, example_data: Path, page: Path, text: str
) -> None:
    folder = tmp_path / "project"
    (folder / "specs").mkdir(parents=True)
    shutil.copytree(example_data, folder / "data")
    (folder / "mlcycle.yaml").write_text("mlcycle: 1\nspecs: [specs/*.yaml]\n")
    (folder / "specs" / "page.yaml").write_text(text)
    _type(folder, Typed(line="mlcycle check", status=0, shown=("no errors",)))


@pytest.mark.slow
def test_the_mistake_in_the_readme_looks_like_that(tmp_path: Path, example_data: Path) -> None:
    found = {block.language: block.text for block in reversed(list(blocks(REPOSITORY / "README.md")))}
    folder = sliced_project(tmp_path / "project", flights=2_000)
    wrong = found["yaml"].replace("destination, distance]", "destination, distance, departure_delay]")
    (folder / "specs" / "late.yaml").write_text(wrong)
    shown = tuple(line for line in found["error"].splitlines() if line.strip(" |"))
    _type(folder, Typed(line="mlcycle check specs/late.yaml", status=1, shown=shown))


#: The file that the page on services pushes.
_PUSHED = [
    {
        "origin": origin,
        "event_timestamp": "2013-12-31T05:00:00Z",
        **dict.fromkeys(("temperature", "dew_point", "humidity", "wind_direction", "wind_speed"), 20.0),
        **dict.fromkeys(("wind_gust", "pressure", "visibility")),
    }
    for origin in ("EWR", "JFK", "LGA")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, example_data: Path) -> Path:
    """The example, as the reader of one page after the other has it."""
    folder = sliced_project(tmp_path_factory.mktemp("pages") / "project", flights=50_000)
    (folder / "examples").mkdir()
    shutil.copy(REPOSITORY / "examples" / "request.json", folder / "examples")
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in _PUSHED))
    return folder


@pytest.mark.slow
@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize("page", _consoles(), ids=lambda page: page.name)
def test_a_page_can_be_typed_in(folder: Path, page: Path) -> None:
    for block in blocks(page):
        for command in typed(block.text) if block.language == "console" else ():
            _type(folder, command)
