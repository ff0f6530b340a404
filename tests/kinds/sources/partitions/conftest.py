from __future__ import annotations

import pytest

from tests.support.parts import share_code


@pytest.fixture(autouse=True)
def _code(monkeypatch: pytest.MonkeyPatch) -> None:
    share_code(monkeypatch)
