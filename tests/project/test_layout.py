"""The tree is what CONTRIBUTING.md says it is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "mlcycle"

_HOSTS = re.compile(r"\b(?:[\w-]+\.)*(?:py[p]i\.org|python[h]osted\.org|conda\.a[n]aconda\.org)\b")
_MACHINE = re.compile(r"(?<![\w.])/(?:root|home/\w+|work|Users/\w+)/\w")


def _tracked() -> list[Path]:
    """The repository's text files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [
        path
        for path in map(REPOSITORY.joinpath, names)
        if path.is_file() and b"\0" not in path.read_bytes()[:4096]
    ]


def test_package_markers_are_empty() -> None:
    """Importing one module must not pull in its neighbours."""
    filled = [path for path in PACKAGE.rglob("__init__.py") if path.read_text(encoding="utf-8").strip()]
    assert [str(path.relative_to(REPOSITORY)) for path in filled if path != PACKAGE / "__init__.py"] == []


def test_every_folder_of_modules_is_a_package() -> None:
    bare = {path.parent for path in PACKAGE.rglob("*.py")} - {
        path.parent for path in PACKAGE.rglob("__init__.py")
    }
    assert sorted(str(path.relative_to(REPOSITORY)) for path in bare) == []


def test_tests_mirror_the_package() -> None:
    """A folder under tests/ is a folder of the package, or one of the few that test the whole."""
    own = {"support", "project", "plugin_example", "golden", "e2e", "security", "contracts", "bad", "good"}
    folders = {
        path.relative_to(REPOSITORY / "tests").parent for path in (REPOSITORY / "tests").rglob("test_*.py")
    }
    strangers = [
        str(folder)
        for folder in sorted(folders)
        if folder.parts and folder.parts[0] not in own and not (PACKAGE / folder).is_dir()
    ]
    assert strangers == []


@pytest.mark.parametrize("pattern", [_HOSTS, _MACHINE], ids=["registry hosts", "paths of a machine"])
def test_nothing_depends_on_where_it_was_written(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()[:80]}"
        for path in _tracked()
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_requirements_are_pinned_and_name_no_place() -> None:
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    loose = [
        line
        for line in lines
        if not line.startswith("#") and not re.fullmatch(r"[\w.\[\],-]+==[\w.+!]+", line)
    ]
    assert loose == []


def test_extras_are_pinned() -> None:
    """Everything that the package asks for is in requirements.txt."""
    import tomllib

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(r for extra in project["optional-dependencies"].values() for r in extra),
    ]
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {
        canonicalize_name(Requirement(line).name): Requirement(line)
        for line in lines
        if not line.startswith("#")
    }
    for text in asked:
        requirement = Requirement(text)
        if requirement.name == "mlcycle":
            continue
        pin = pinned.get(canonicalize_name(requirement.name))
        assert pin is not None, text
        (exact,) = pin.specifier
        assert requirement.specifier.contains(exact.version), text


_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s#]+)(?:#[^)]*)?\)")


def test_links_between_pages_lead_somewhere() -> None:
    pages = [path for path in _tracked() if path.suffix == ".md" and "golden" not in path.parts]
    broken = [
        f"{page.relative_to(REPOSITORY)}: {target}"
        for page in pages
        for target in _LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
