from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from mlcycle.graph import code_digest
from mlcycle.graph.code_digest import Code, CodeReader
from mlcycle.graph.remembered import Remembered

WORK = """
from __future__ import annotations
from typing import TYPE_CHECKING
import json
from own.shared import double
if TYPE_CHECKING:
    from own.types import Hint

def run(task):
    from own import lazy
    import polars
    return double(lazy.one())
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    package = tmp_path / "own"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('nobody may import this to look at it')\n")
    (package / "work.py").write_text(WORK)
    (package / "shared.py").write_text("from . import deep\ndef double(x):\n    return deep.times(x, 2)\n")
    (package / "deep.py").write_text("import sklearn.metrics\ndef times(x, n):\n    return x * n\n")
    (package / "lazy.py").write_text("def one():\n    return 1\n")
    (package / "types.py").write_text("class Hint: ...\n")
    return tmp_path


def code(root: Path) -> Code:
    return CodeReader(root).code(["own.work:run"])


def test_follows_imports_also_inside_functions_without_importing(root: Path) -> None:
    found = code(root)

    assert set(found.modules) == {"own", "own.work", "own.shared", "own.deep", "own.lazy"}
    assert not {name for name in sys.modules if name.split(".")[0] == "own"}


def test_libraries_count_by_distribution_and_version(root: Path) -> None:
    libraries = code(root).libraries

    assert libraries["polars"] == version("polars")
    assert libraries["scikit-learn"] == version("scikit-learn")
    assert libraries["python"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert set(libraries) == {"polars", "scikit-learn", "python"}


@pytest.mark.parametrize("module", ["work", "shared", "deep", "lazy"])
def test_a_change_of_what_a_module_does_is_seen(root: Path, module: str) -> None:
    before = code(root)
    file = root / f"own/{module}.py"
    file.write_text(file.read_text() + "\nLIMIT = 3\n")

    after = code(root)

    assert {n for n in before.modules if before.modules[n] != after.modules[n]} == {f"own.{module}"}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "# a comment\n" + text,
        lambda text: '"""What this module is for."""\n' + text,
        lambda text: text.replace("def run(task):\n", 'def run(task):\n    """Words."""\n'),
        lambda text: text.replace("double(lazy.one())", "double(\n        lazy.one(),\n    )"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(root: Path, change: object) -> None:
    before = code(root)
    file = root / "own/work.py"
    file.write_text(change(file.read_text()))  # type: ignore[operator]

    assert code(root) == before


def test_what_only_the_type_checker_imports_does_not_count(root: Path) -> None:
    before = code(root)
    (root / "own/types.py").write_text("class Hint:\n    x: int\n")

    assert code(root) == before


def test_our_own_modules_count_by_content() -> None:
    found = CodeReader(Path("/nowhere")).code(["mlcycle.task:Task"])

    assert {"mlcycle.task", "mlcycle.graph.node", "mlcycle.ports"} <= set(found.modules)
    assert "mlcycle" not in found.libraries


def test_rewording_a_diagnostic_changes_no_work() -> None:
    found = CodeReader(Path("/nowhere")).code(["mlcycle.kinds.splits.split:split"])

    assert not {
        m for m in found.modules if m.startswith(("mlcycle.language", "mlcycle.checks", "mlcycle.cli"))
    }
    assert "mlcycle.diagnostics.codes" not in found.modules


def test_a_module_that_is_not_there_is_named(root: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"own\.wrk"):
        CodeReader(root).code(["own.wrk:run"])


def test_a_folder_of_the_project_hides_no_installed_library(root: Path) -> None:
    (root / "polars").mkdir()

    assert code(root).libraries["polars"] == version("polars")


def test_a_library_that_is_not_installed_is_absent(root: Path) -> None:
    (root / "own/lazy.py").write_text("try:\n    import no_such_library\nexcept ImportError:\n    pass\n")

    assert code(root).libraries["no_such_library"] == "absent"


def test_the_ports_that_code_speaks_to_are_found(root: Path) -> None:
    (root / "own/lazy.py").write_text(
        "def one(task, ports):\n    task.ports.registry.get(1)\n    ports.tracker\n"
    )

    assert code(root).ports == {"registry", "tracker"}


@pytest.mark.parametrize("text", ["def add(:\n", "\0", "(" * 300 + ")" * 300])
def test_what_is_no_python_counts_by_its_bytes(root: Path, text: str) -> None:
    before = CodeReader(root).code(["own.work:add"])
    (root / "own" / "work.py").write_text(text)
    broken = CodeReader(root).code(["own.work:add"])
    assert broken.modules["own.work"] != before.modules["own.work"]
    (root / "own" / "work.py").write_text(text + " ")
    assert CodeReader(root).code(["own.work:add"]).modules != broken.modules


def test_folders_below_folders_need_no_init(tmp_path: Path) -> None:
    (tmp_path / "shop" / "deep").mkdir(parents=True)
    (tmp_path / "shop" / "deep" / "work.py").write_text("def add(task): ...\n")
    assert "shop.deep.work" in CodeReader(tmp_path).code(["shop.deep.work:add"]).modules


def test_what_a_link_takes_out_of_the_root_is_not_read(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "lazy.py"
    outside.write_text("def one():\n    return 2\n")
    (root / "own" / "lazy.py").unlink()
    (root / "own" / "lazy.py").symlink_to(outside)
    assert "own.lazy" not in code(root).modules


def test_what_was_read_is_remembered_for_as_long_as_a_file_has_the_same_bytes(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> Code:
        memory = Remembered(root, root / "state" / "code.json")
        code = CodeReader(root, memory).code(["own.work:run"])
        memory.save()
        return code

    first = found()
    assert first == code(root)
    with monkeypatch.context() as patch:
        patch.setattr(code_digest, "_parse", None)
        assert found() == first
    (root / "own" / "deep.py").write_text("import json\ndef times(x, n):\n    return x + n\n")
    assert found() == code(root) != first


def test_a_damaged_memory_of_code_is_read_anew(root: Path) -> None:
    memory = Remembered(root, root / "code.json")
    CodeReader(root, memory).code(["own.work:run"])
    memory.save()
    entries = json.loads((root / "code.json").read_text())
    (root / "code.json").write_text(json.dumps({key: {"digest": "0"} for key in entries}))
    assert CodeReader(root, Remembered(root, root / "code.json")).code(["own.work:run"]) == code(root)
