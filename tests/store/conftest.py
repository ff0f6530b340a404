"""The state database in each of its backends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from mlcycle.store.database import connect
from tests.support.servers import POSTGRES


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=POSTGRES)])
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a state database that is not there yet, or has no tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/deep/state.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(state_url: str) -> Iterator[Engine]:
    made = connect(state_url)
    yield made
    made.dispose()
