from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mlcycle.graph.node import Step
from mlcycle.kinds.own import call, refused
from mlcycle.task import WorkError


@pytest.fixture
def author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module `shop_own` of an author's, which each test writes."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "shop_own", raising=False)
    return tmp_path / "shop_own.py"


def step(work: str = "shop_own:fit") -> Step:
    return Step(name="trainer", kind="python", work=work, config={})


def test_what_it_returns_is_returned(author: Path) -> None:
    author.write_text("def fit(a, b):\n    return a + b\n")
    assert call(step(), 2, 3) == 5


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("def fit():\n    raise ValueError('odd')\n", "raised ValueError: odd", "shop_own.py:2: raise"),
        ("def fit():\n    raise SystemExit(3)\n", "raised SystemExit: 3", "shop_own.py:2: raise"),
        ("import json\ndef fit(): json.loads('{')\n", "raised JSONDecodeError", "shop_own.py:2: def fit"),
        ("def fit(:\n    pass\n", "cannot be loaded: invalid syntax", "shop_own.py:1: def fit(:"),
        ("import no_such_library\n", "cannot be loaded: No module", "shop_own.py:1: import no_such"),
        ("raise SystemExit(1)\n", "cannot be loaded: 1", "shop_own.py:1: raise"),
        ("x = 1\n", "cannot be loaded: module 'shop_own' has no attribute 'fit'", None),
    ],
)  # fmt: skip
def test_its_failure_is_the_authors_with_the_authors_line(
    author: Path, text: str, message: str, line: str | None
) -> None:
    author.write_text(text)
    with pytest.raises(WorkError) as failed:
        call(step())
    assert (failed.value.code, failed.value.step) == ("MLC816", "trainer")
    assert f"`shop_own:fit` {message}" in failed.value.message
    assert (line or "") in (failed.value.help or "")
    assert (failed.value.help is None) == (line is None)


def test_ctrl_c_is_no_failure_of_it(author: Path) -> None:
    author.write_text("def fit():\n    raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        call(step())


def test_an_error_with_a_place_of_its_own_is_kept(author: Path) -> None:
    author.write_text(
        "from mlcycle.task import WorkError\ndef fit():\n    raise WorkError('MLC858', 'no rows')\n"
    )
    with pytest.raises(WorkError, match="no rows"):
        call(step())


def test_what_it_must_not_return() -> None:
    error = refused(step(), "returned int, not a table")
    assert (error.code, error.message) == ("MLC816", "`shop_own:fit` returned int, not a table")
