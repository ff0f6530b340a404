"""Kinds are found without importing any; outside packages add some; a broken one is an error with a code."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.language.kinds import GROUP, SLOTS, KindError, Kinds, find_kinds
from mlcycle.language.load import load_bytes
from mlcycle.language.slots import bases

SPEC = b"mlcycle: 1\nsources:\n  users: {kind: %b, path: data/users.parquet}\n"


def _outside(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `outside_kinds` with one source kind, `ledger`."""
    folder = tmp_path / "outside_kinds" / "ledger"
    folder.mkdir(parents=True)
    for where in (folder, folder.parent):
        (where / "__init__.py").touch()
    (folder / "spec.py").write_text(
        "from typing import Literal\nfrom mlcycle.language.slots import bases\n"
        "from mlcycle.language.source import SourceSpec\n"
        "class Spec(SourceSpec):\n    kind: Literal['ledger']\n    path: str\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith("outside_kinds")]:
        del sys.modules[name]


def test_the_slots_have_their_bases() -> None:
    assert tuple(bases()) == SLOTS


def test_every_built_in_kind_keeps_to_the_contract() -> None:
    kinds = find_kinds(outside=())
    for slot in SLOTS:
        assert kinds.names(slot)
        for name in kinds.names(slot):
            assert issubclass(kinds.spec_class(slot, name), bases()[slot])
            assert kinds.kind(slot, name).work == f"mlcycle.kinds.{slot}.{name}.work"


def test_finding_imports_no_kind() -> None:
    code = """
import sys
from mlcycle.language.kinds import find_kinds
find_kinds()
print([name for name in sys.modules if name.startswith("mlcycle.kinds")])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_an_outside_kind(package: Path) -> None:
    kinds = find_kinds(outside=[_outside("sources.ledger", "outside_kinds.ledger")])
    loaded = load_bytes(SPEC % b"ledger", "shop.yaml", kinds)
    assert loaded.project is not None
    assert type(loaded.project.sources["users"]).__module__ == "outside_kinds.ledger.spec"
    assert kinds.package("sources", "ledger") == "outside_kinds.ledger"


def _mistake(kinds: Kinds, kind: bytes) -> tuple[str, str, int, int]:
    (found,) = load_bytes(SPEC % kind, "shop.yaml", kinds).diagnostics
    return found.code, found.message, found.span.line, found.span.column


def test_a_kind_that_fails_to_import(package: Path) -> None:
    (package / "spec.py").write_text("import a_module_that_is_not_there")
    kinds = find_kinds(outside=[_outside("sources.ledger", "outside_kinds.ledger")])
    code, message, line, column = _mistake(kinds, b"ledger")
    assert (code, line, column) == ("MLC901", 3, 17)
    assert "No module named 'a_module_that_is_not_there'" in message


@pytest.mark.parametrize(
    "text", ["", "Spec = 3", "class Spec: pass", "from mlcycle.language.source import SourceSpec as Spec"]
)
def test_a_kind_that_breaks_the_contract(text: str, package: Path) -> None:
    (package / "spec.py").write_text(text)
    kinds = find_kinds(outside=[_outside("sources.ledger", "outside_kinds.ledger")])
    assert _mistake(kinds, b"ledger")[0] == ("MLC903" if text else "MLC901")


def test_two_packages_that_claim_one_kind(package: Path) -> None:
    kinds = find_kinds(outside=[_outside("sources.parquet", "outside_kinds.ledger")])
    code, message, _, _ = _mistake(kinds, b"parquet")
    assert code == "MLC902"
    assert "`mlcycle`" in message
    with pytest.raises(KindError):
        kinds.kind("sources", "parquet")


@pytest.mark.parametrize("name", ["ledger", "sauces.ledger", "sources.", "sources.a b", "sources.a.b"])
def test_an_entry_point_under_a_malformed_name(name: str) -> None:
    with pytest.raises(Refused, match="MLC904"):
        find_kinds(outside=[_outside(name, "outside_kinds.ledger")])


def test_what_lies_in_the_current_folder_is_not_installed(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = package.parent.parent
    info = root / "outside_kinds-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: outside_kinds\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[mlcycle.kinds]\nsources.ledger = outside_kinds.ledger\n")
    assert "ledger" in find_kinds().names("sources")
    monkeypatch.chdir(root)
    assert "ledger" not in find_kinds().names("sources")


def test_a_default_is_made_from_plain_data() -> None:
    kinds = find_kinds(outside=())
    made = kinds.make("packages", {"kind": "onnx"})
    assert made.kind == "onnx"
    assert made.span().file == ""
