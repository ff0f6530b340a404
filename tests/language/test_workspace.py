"""The root, its specs, its environments, and secrets that are only named."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.language.kinds import find_kinds
from mlcycle.language.load import load_spec
from mlcycle.language.secrets import references, resolve
from mlcycle.language.workspace import LOCAL, find_root, load_workspace

PRODUCTION = """\
mlcycle: 1
specs: [specs/*.yaml, more/one.yaml]
environments:
  production:
    state: "postgresql://ml:${env:PASSWORD}@db/state"
    api_keys: SHOP_KEYS
  frozen: {now: 2024-05-01}
"""


def _root(folder: Path, text: str) -> Path:
    (folder / "mlcycle.yaml").write_text(text)
    return folder


def test_the_root_is_the_nearest_folder(tmp_path: Path) -> None:
    _root(tmp_path, "mlcycle: 1\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_root(inner) == tmp_path.resolve()
    _root(tmp_path / "a", "mlcycle: 1\n")
    assert find_root(inner) == tmp_path.resolve() / "a"


def test_no_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda path: False)
    with pytest.raises(Refused, match="MLC890"):
        find_root(tmp_path)


def test_the_least(tmp_path: Path) -> None:
    workspace = load_workspace(_root(tmp_path, "mlcycle: 1\n"))
    assert workspace.specs == ()
    assert workspace.environments == {"local": LOCAL}
    assert workspace.environment("local").now == "newest_row"


def test_specs_are_those_that_exist_inside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "specs").mkdir(parents=True)
    (root / "more").mkdir()
    (tmp_path / "outside.yaml").touch()
    for name in ("specs/b.yaml", "specs/a.yaml", "specs/note.md", "more/one.yaml", "more/two.yaml"):
        (root / name).touch()
    (root / "specs" / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    found = load_workspace(_root(root, PRODUCTION)).specs
    assert found == ("more/one.yaml", "specs/a.yaml", "specs/b.yaml", "specs/link.yaml")
    refused = load_spec(root, "specs/link.yaml", find_kinds(outside=()))
    assert [d.code for d in refused.diagnostics] == ["MLC018"]


def test_environments(tmp_path: Path) -> None:
    workspace = load_workspace(_root(tmp_path, PRODUCTION))
    production = workspace.environment("production")
    assert production.state == "postgresql://ml:${env:PASSWORD}@db/state"
    assert (production.now, production.api_keys_env) == ("clock", "SHOP_KEYS")
    assert production.tracking == LOCAL.tracking
    assert workspace.environment("frozen").now == "2024-05-01T00:00:00+00:00"
    assert production.span.line == 4
    with pytest.raises(Refused, match="MLC891") as caught:
        workspace.environment("producton")
    assert caught.value.diagnostics[0].help == "did you mean `production`?"


def test_secrets_are_resolved_at_the_end() -> None:
    text = "postgresql://${env:USER_NAME}:${env:PASSWORD}@db"
    assert references(text) == ("USER_NAME", "PASSWORD")
    assert (
        resolve(text, {"USER_NAME": "ml", "PASSWORD": "${env:USER_NAME}"})
        == "postgresql://ml:${env:USER_NAME}@db"
    )
    with pytest.raises(Refused, match="MLC892") as caught:
        resolve(text, {"USER_NAME": "hidden"})
    assert "hidden" not in str(caught.value)
    assert "`PASSWORD`" in str(caught.value)
