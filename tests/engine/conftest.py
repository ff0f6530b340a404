from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.small import small_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the small project's data."""
    small_project(tmp_path)
    return tmp_path
