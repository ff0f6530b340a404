"""Hostile specs through the real commands: nothing of theirs is executed, opened or asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.language.hostile import specs
from tests.support.targets import Target, target, watched

_HIJACK = "import pathlib\npathlib.Path('hijacked').touch()\nraise SystemExit('the canary was imported')\n"
#: Names that Python, or a library that a command loads, would import if it looked into the project.
_SHADOWS = (
    "canary",
    "yaml",
    "pydantic",
    "click",
    "sqlglot",
    "json",
    "sqlite3",
    "sqlalchemy",
    "filelock",
    "typing",
)


@pytest.mark.slow
def test_checking_hostile_specs_does_nothing(tmp_path: Path) -> None:
    made, count = _hostile(tmp_path)
    (done,) = watched([made], ("check",))
    assert count > 100
    assert (done["check"].status, done["check"].forbidden) == (1, ())
    assert made.untouched()


@pytest.mark.slow
def test_building_and_planning_hostile_specs_does_nothing(tmp_path: Path) -> None:
    made, count = _hostile(tmp_path)
    commands = [f"{('build', 'plan')[i % 2]} specs/hostile_{i}.yaml" for i in range(count)]
    (done,) = watched([made], commands)
    assert {each.status for each in done.values()} <= {0, 1}  # never a fault of ours
    assert [seen for each in done.values() for seen in each.forbidden] == []
    assert made.untouched()


def _hostile(folder: Path) -> tuple[Target, int]:
    """A project with every hostile spec, and how many they are."""
    made = target(folder)
    (made.root / "specs" / "shop.yaml").unlink()
    hostile = specs()
    for number, data in enumerate(hostile):
        (made.root / "specs" / f"hostile_{number}.yaml").write_bytes(data)
    return made, len(hostile)


@pytest.mark.slow
def test_modules_of_the_project_are_imported_by_no_command_that_only_looks(tmp_path: Path) -> None:
    made = target(tmp_path)
    for name in _SHADOWS:
        made.write(f"{name}.py", _HIJACK)
    spec = (made.root / "specs" / "shop.yaml").read_text()
    own = 'features: [schedule], trainer: {python: "canary:fit"}}'
    made.write("specs/shop.yaml", spec.replace("features: [schedule]}", own))
    (done,) = watched([made], ("check", "build", "plan", "status", "test"))
    assert {name: each.status for name, each in done.items()} == dict.fromkeys(done, 0), done
    assert not (made.root / "hijacked").exists()
