from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.store.database import connect


def damaged(folder: Path) -> str:
    (folder / "state.db").write_text("this is no database, however long it may be" * 100)
    return f"sqlite:///{folder / 'state.db'}"


def in_a_file(folder: Path) -> str:
    (folder / "file").touch()
    return f"sqlite:///{folder / 'file' / 'state.db'}"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (damaged, "file is not a database"),
        (in_a_file, "File exists"),
        (lambda folder: "no url", "none of SQLAlchemy's"),
        (lambda folder: "nosuchdb://user:planted@host/x", "none of SQLAlchemy's"),
        (lambda folder: "postgresql://user:planted@127.0.0.1:1/x", "postgresql://user:***@127.0.0.1:1/x"),
        (lambda folder: "postgresql+psycopg://user:planted@127.0.0.1:1/x", "onnection refused"),
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(
    tmp_path: Path, make: object, said: str
) -> None:
    assert callable(make)
    with pytest.raises(Refused) as refused:
        connect(make(tmp_path))
    (found,) = refused.value.diagnostics
    assert found.code == "MLC875"
    assert said in found.message
    assert "planted" not in found.message


def test_a_driver_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Refused, match=r"pip install 'mlcycle\[postgres\]'"):
        connect("postgresql://db/state")
