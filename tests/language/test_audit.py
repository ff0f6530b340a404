"""Reading hostile specs executes nothing, opens nothing, asks nobody: Python's audit hook says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_CODE = """
import sys, zoneinfo
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from mlcycle.language.kinds import SLOTS, find_kinds
from mlcycle.language.load import load_bytes
from mlcycle.language.project import Project
from mlcycle.diagnostics.render import as_text
from tests.language.hostile import specs

kinds = find_kinds(outside=())
for slot in SLOTS:
    for name in kinds.names(slot):
        kinds.spec_class(slot, name)
import difflib, encodings.unicode_escape, unicodedata
load_bytes(b"mlcycle: x", "warm.yaml", kinds)
seen = []
harmless = {"compile", "object.__getattr__", "sys._getframe", "code.__new__", "marshal.loads", "builtins.id"}

def watch(event, arguments):
    if event not in harmless:
        seen.append((event, arguments))

hostile = specs()
sys.addaudithook(watch)
mistakes = 0
for data in hostile:
    loaded = load_bytes(data, "shop.yaml", kinds)
    mistakes += len(loaded.diagnostics)
    as_text(loaded.diagnostics, {loaded.file: loaded.text})
watched, seen = list(seen), []
print(len(hostile), mistakes > 50, watched)
"""


@pytest.mark.slow
def test_hostile_specs_do_nothing(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "canary.py").write_text("raise SystemExit('the canary was imported')")
    ran = subprocess.run(
        [sys.executable, "-c", _CODE, str(repository)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    count, mistakes, watched = ran.stdout.strip().split(" ", 2)
    assert int(count) > 100
    assert mistakes == "True"
    assert watched == "[]"
    assert [path.name for path in tmp_path.iterdir()] == ["canary.py"]


def test_the_hook_would_notice(tmp_path: Path) -> None:
    watch = "import sys; seen = []; sys.addaudithook(lambda event, _: seen.append(event))"
    code = f"{watch}; open('canary', 'w').close(); print('open' in seen)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "True\n"
