"""Each mistake with its exact message, which stands beside the case; `make golden` rewrites them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlcycle.language.kinds import Kinds, find_kinds
from tests.diagnostics.bad_cases import SPECS, WORKSPACES, of_spec, of_workspace

Golden = Callable[[Path, str], None]


@pytest.fixture(scope="module")
def kinds() -> Kinds:
    return find_kinds(outside=())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_spec(path: Path, kinds: Kinds, golden: Golden, tmp_path: Path) -> None:
    found, shown = of_spec(path, kinds, tmp_path)
    assert path.stem[:6] in {one.code for one in found}
    golden(path.with_suffix(".err"), shown)


@pytest.mark.parametrize("path", WORKSPACES, ids=lambda path: path.stem)
def test_workspace(path: Path, golden: Golden) -> None:
    found, shown = of_workspace(path)
    assert path.stem[:6] in {one.code for one in found}
    golden(path.with_suffix(".err"), shown)


def test_every_expected_message_has_its_case() -> None:
    folder = SPECS[0].parent
    messages = {path.with_suffix("") for path in folder.rglob("*.err")}
    assert messages == {path.with_suffix("") for path in (*SPECS, *WORKSPACES)}
