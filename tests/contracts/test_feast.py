"""Every feature store that can be composed keeps to the contracts of the port."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mlcycle import composition
from mlcycle.language.workspace import LOCAL
from mlcycle.port_contracts.feature_store import CONTRACTS, Contract
from mlcycle.ports import FeatureStore
from tests.support.servers import ONLINE

pytestmark = pytest.mark.slow


@pytest.fixture(params=ONLINE)
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FeatureStore:
    """Composed as a run does it, from an environment."""
    online = LOCAL.online_store
    if request.param != "sqlite":
        monkeypatch.setenv("MLCYCLE_TEST_ONLINE", request.getfixturevalue(f"{request.param}_url"))
        online = "${env:MLCYCLE_TEST_ONLINE}"
    return composition.ports(replace(LOCAL, online_store=online), tmp_path / "project").feature_store


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_feast_keeps_to(contract: Contract, store: FeatureStore, tmp_path: Path) -> None:
    contract(store, tmp_path)
