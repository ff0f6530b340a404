from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from mlcycle.engine.importable import importable
from mlcycle.engine.session import open_session
from tests.support.small import small_runner


def test_modules_of_the_root_are_there_only_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "shop_a.py").write_text("answer = 1\n")
    with importable(tmp_path):
        assert importlib.import_module("shop_a").answer == 1
    assert "shop_a" not in sys.modules
    assert str(tmp_path) not in sys.path
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("shop_a")


def test_an_edited_module_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "shop_b" / "deep").mkdir(parents=True)
    module = tmp_path / "shop_b" / "deep" / "steps.py"
    for answer in ("'one'", "'twenty'"):  # another length: Python keeps bytecode by size and second
        module.write_text(f"answer = {answer}\n")
        with importable(tmp_path):
            assert repr(importlib.import_module("shop_b.deep.steps").answer) == answer
    assert not {"shop_b", "shop_b.deep", "shop_b.deep.steps"} & sys.modules.keys()


def test_what_is_not_the_authors_stays(tmp_path: Path) -> None:
    sys.modules.pop("this_is_not_there", None)
    with importable(tmp_path):
        colorsys = importlib.import_module("colorsys")
    assert sys.modules["colorsys"] is colorsys


def test_planning_imports_nothing_of_the_authors(root: Path) -> None:
    runner = small_runner(root)
    session = open_session(runner.graph, runner.settings, runner.ports, clock=runner.clock)
    with session:
        assert str(root) not in sys.path
    with runner.opened("a run"):
        assert sys.path[0] == str(root)
