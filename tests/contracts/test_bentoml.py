"""BentoML keeps to the contracts of the builder."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcycle.adapters.bentoml.builder import BentoBuilder
from mlcycle.port_contracts.builder import CONTRACTS, Contract
from tests.support.services import make_service

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_bentoml_keeps_to(contract: Contract, tmp_path: Path) -> None:
    make_service(tmp_path / "generated")
    contract(BentoBuilder(tmp_path / "home"), tmp_path / "generated")
